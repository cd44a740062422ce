package org.dlora.api.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dlora.api.openai.answer.Replies;
import org.dlora.api.openai.call.Serving;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.HttpSettings;
import org.dlora.cluster.GenerationService;
import org.dlora.cluster.replicas.ReplicaStatus;
import org.dlora.operate.Administration;
import org.dlora.security.KeyRing;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
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
    private final Administration administration;
    private final HttpSettings settings;
    private final WorkPools pools;
    private final ObjectProvider<KeyRing> keys;

    /**
     * @param keys none or one
     */
    StatusController(
            Serving serving,
            Administration administration,
            HttpSettings settings,
            WorkPools pools,
            ObjectProvider<KeyRing> keys) {
        this.pools = pools;
        this.serving = serving;
        this.administration = administration;
        this.settings = settings;
        this.keys = keys;
    }

    /**
     * The body of {@code /health}.
     *
     * @param reason why calls are refused although the model is served, else null
     * @param replicas null while all serve
     * @param refusing pools of threads that refuse calls now; null if there are none
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Health(
            String status,
            @Nullable String reason,
            @Nullable List<ReplicaState> replicas,
            @Nullable List<String> refusing) {}

    /** The state of one replica, such as {@code serving}. */
    record ReplicaState(String id, String state) {}

    /**
     * The body of {@code /load}, as vLLM has it.
     *
     * @param serverLoad unfinished requests; each choice of a call is one
     */
    record ServerLoad(int serverLoad) {}

    record ServerVersion(String version) {}

    @GetMapping("/health")
    Mono<Void> health(ServerHttpResponse response) {
        var problem = problem();
        boolean ready = serving.isReady() && problem == null;
        response.setStatusCode(ready ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE);
        return Replies.json(
                response, new Health(ready ? "ok" : "not ready", problem, states(), refusing()));
    }

    private @Nullable String problem() {
        return Optional.ofNullable(keys.getIfAvailable()).flatMap(KeyRing::problem).orElse(null);
    }

    private @Nullable List<String> refusing() {
        var refusing = pools.refusing();
        return refusing.isEmpty() ? null : refusing;
    }

    /** Returns the state of each replica in words, by its id; empty if there is no model. */
    private Map<String, String> conditions() {
        return serving.current()
                .map(served ->
                        administration.read(
                                StatusController::conditions, conditions(served.generation())))
                .orElse(Map.of());
    }

    private static Map<String, String> conditions(Administration open) {
        var states = new LinkedHashMap<String, String>();
        open.replicas().conditions().forEach((id, at) -> states.put(id, at.state().label()));
        return states;
    }

    private static Map<String, String> conditions(GenerationService generation) {
        var states = new LinkedHashMap<String, String>();
        generation.conditions().forEach(one -> states.put(one.replica(), one.state().label()));
        return states;
    }

    private @Nullable List<ReplicaState> states() {
        var all = conditions();
        return all.values().stream().allMatch(ReplicaStatus.SERVING.label()::equals)
                ? null
                : all.entrySet().stream()
                        .map(one -> new ReplicaState(one.getKey(), one.getValue()))
                        .toList();
    }

    /** What load balancers of SageMaker ask: the status of {@code /health} without a body. */
    @RequestMapping(
            path = "/ping",
            method = {RequestMethod.GET, RequestMethod.POST})
    Mono<Void> ping(ServerHttpResponse response) {
        boolean ready = serving.isReady() && problem() == null;
        response.setStatusCode(ready ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE);
        return response.setComplete();
    }

    @GetMapping("/load")
    Mono<Void> load(ServerHttpResponse response) {
        var load = serving.require().generation().load();
        return Replies.json(response, new ServerLoad(load.running() + load.waiting()));
    }

    @GetMapping("/version")
    Mono<Void> version(ServerHttpResponse response) {
        return Replies.json(response, new ServerVersion(settings.version()));
    }
}
