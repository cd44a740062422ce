package org.dlora.api.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Optional;
import org.dlora.cluster.replicas.ReplicaStatus;
import org.dlora.security.KeyRing;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/**
 * Endpoints for probes. {@code /health} answers 200 while the model is loaded and warm and at least
 * one replica serves it, draining or not, once it is known which keys there are. It names the
 * replicas' states while one of them does not take new requests.
 */
@RestController
final class StatusController {
    private final Serving serving;
    private final HttpSettings settings;
    private final ObjectProvider<KeyRing> keys;

    /**
     * @param keys none or one
     */
    StatusController(Serving serving, HttpSettings settings, ObjectProvider<KeyRing> keys) {
        this.serving = serving;
        this.settings = settings;
        this.keys = keys;
    }

    /**
     * The body of {@code /health}.
     *
     * @param reason why calls are refused although the model is served, else null
     * @param replicas null while all serve
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Health(String status, @Nullable String reason, @Nullable List<ReplicaState> replicas) {}

    /** The state of one replica, such as {@code serving}. */
    record ReplicaState(String id, String state) {}

    record ServerVersion(String version) {}

    @GetMapping("/health")
    Mono<Void> health(ServerHttpResponse response) {
        var problem =
                Optional.ofNullable(keys.getIfAvailable()).flatMap(KeyRing::problem).orElse(null);
        boolean ready = serving.isReady() && problem == null;
        response.setStatusCode(ready ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE);
        return Replies.json(response, new Health(ready ? "ok" : "not ready", problem, states()));
    }

    private @Nullable List<ReplicaState> states() {
        var all = serving.states();
        return all.values().stream().allMatch(ReplicaStatus.SERVING.label()::equals)
                ? null
                : all.entrySet().stream()
                        .map(one -> new ReplicaState(one.getKey(), one.getValue()))
                        .toList();
    }

    @GetMapping("/version")
    Mono<Void> version(ServerHttpResponse response) {
        return Replies.json(response, new ServerVersion(settings.version()));
    }
}
