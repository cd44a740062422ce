package org.dlora.api.admin.history;

import org.dlora.api.openai.call.BodyReader;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.RepeatedCalls;
import org.dlora.api.web.RequestCaller;
import org.dlora.cluster.facts.StoreUnavailableException;
import org.dlora.operate.Administration;
import org.dlora.operate.history.ReplayCommands;
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
    private final RepeatedCalls calls;
    private final ReplayCommands commands;
    private final Administration administration;

    ReplayController(
            BodyReader bodyReader,
            RepeatedCalls calls,
            ReplayCommands commands,
            Administration administration) {
        this.bodyReader = bodyReader;
        this.calls = calls;
        this.commands = commands;
        this.administration = administration;
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
                        body,
                        (json, _) ->
                                commands.prepare(id, calls.of(json, RequestCaller.access(call))))
                .onErrorMap(
                        StoreUnavailableException.class,
                        e -> ApiException.storeUnavailable(String.valueOf(e.getMessage())))
                .flatMap(prepared ->
                        Mono.fromFuture(() -> commands.run(prepared, RequestCaller.name(call)))
                                .onErrorMap(RuntimeException.class, ApiException::refused))
                .map(replay -> ReplayBody.of(replay, administration.models().base().tokenizer()));
    }
}
