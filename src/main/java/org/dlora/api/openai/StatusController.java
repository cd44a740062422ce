package org.dlora.api.openai;

import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/**
 * Endpoints for probes. {@code /health} answers 200 while the model is loaded, warm and served by
 * every replica.
 */
@RestController
final class StatusController {
    private final Serving serving;
    private final HttpSettings settings;

    StatusController(Serving serving, HttpSettings settings) {
        this.serving = serving;
        this.settings = settings;
    }

    record Health(String status) {}

    record Version(String version) {}

    @GetMapping("/health")
    Mono<Void> health(ServerHttpResponse response) {
        boolean ready = serving.isReady();
        response.setStatusCode(ready ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE);
        return Replies.json(response, new Health(ready ? "ok" : "not ready"));
    }

    @GetMapping("/version")
    Mono<Void> version(ServerHttpResponse response) {
        return Replies.json(response, new Version(settings.version()));
    }
}
