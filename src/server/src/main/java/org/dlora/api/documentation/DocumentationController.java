package org.dlora.api.documentation;

import java.util.function.Function;
import org.springframework.context.ApplicationContext;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Endpoints that answer the OpenAPI document as JSON or YAML. It is made for the first call, away
 * from the event loops, and kept.
 */
@RestController
final class DocumentationController {
    private static final MediaType YAML = MediaType.valueOf("application/yaml");

    private final Mono<WrittenDocument> document;

    DocumentationController(ApplicationContext context) {
        document =
                Mono.fromCallable(() -> DocumentContext.write(context))
                        // Once for the server, whoever asks, so no caller can fill its threads.
                        .subscribeOn(Schedulers.boundedElastic())
                        .cacheInvalidateIf(_ -> false);
    }

    @GetMapping("/v3/api-docs")
    Mono<ResponseEntity<byte[]>> json() {
        return answer(MediaType.APPLICATION_JSON, WrittenDocument::json);
    }

    @GetMapping("/v3/api-docs.yaml")
    Mono<ResponseEntity<byte[]>> yaml() {
        return answer(YAML, WrittenDocument::yaml);
    }

    private Mono<ResponseEntity<byte[]>> answer(
            MediaType type, Function<WrittenDocument, byte[]> form) {
        return document.map(
                written -> ResponseEntity.ok().contentType(type).body(form.apply(written)));
    }
}
