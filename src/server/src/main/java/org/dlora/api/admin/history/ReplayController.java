package org.dlora.api.admin.history;

import org.dlora.api.openai.call.BodyReader;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.RequestCaller;
import org.dlora.cluster.facts.StoreUnavailableException;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Endpoint that runs an ended request anew and compares the answers. */
@RestController
public final class ReplayController {
    private final BodyReader bodyReader;
    private final Replays replays;

    ReplayController(BodyReader bodyReader, Replays replays) {
        this.bodyReader = bodyReader;
        this.replays = replays;
    }

    /**
     * Replays a request.
     *
     * @param body of the request, where its prompt is not kept; else none
     */
    @PostMapping("/admin/requests/{id}/replay")
    Mono<ReplayBody> replay(
            @PathVariable String id,
            @RequestBody(required = false) Mono<byte[]> body,
            ServerHttpRequest call) {
        return bodyReader
                .readIfGiven(
                        body, (json, _) -> replays.prepare(id, json, RequestCaller.access(call)))
                .onErrorMap(
                        StoreUnavailableException.class,
                        e -> ApiException.storeUnavailable(String.valueOf(e.getMessage())))
                .flatMap(prepared -> replays.run(prepared, RequestCaller.name(call)));
    }
}
