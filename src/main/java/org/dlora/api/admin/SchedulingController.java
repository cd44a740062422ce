package org.dlora.api.admin;

import java.util.List;
import org.dlora.api.openai.Serving;
import org.dlora.cluster.SchedulingService;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/**
 * How replicas choose their steps: what they decided and why, the policy, and what may be merged.
 * JSON is required also because a web page of a stranger cannot send it here.
 */
@RestController
final class SchedulingController {
    private static final int MAX_STEPS = 256;

    private final Serving serving;

    SchedulingController(Serving serving) {
        this.serving = serving;
    }

    /** Replicas in configured order. */
    record Replicas(List<ReplicaBody> replicas) {}

    /** In the order in which {@code /v1/models} lists them. */
    record Adapters(List<JudgedBody> adapters) {}

    @GetMapping("/admin/adapters")
    Mono<Adapters> adapters() {
        return Mono.just(new Adapters(service().adapters().stream().map(JudgedBody::of).toList()));
    }

    @GetMapping("/admin/scheduling")
    Mono<Replicas> read(@RequestParam(defaultValue = "20") int steps) {
        if (steps < 0 || steps > MAX_STEPS) {
            throw new ResponseStatusException(
                    HttpStatus.BAD_REQUEST,
                    "'steps' must be from 0 to %d, but is %d.".formatted(MAX_STEPS, steps));
        }
        return Mono.just(bodies(service(), steps));
    }

    @PutMapping(path = "/admin/scheduling", consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<Replicas> change(@RequestBody JsonNode body) {
        var service = service();
        var change = ChangeBody.read(body, serving.require().models()).change();
        return Mono.fromFuture(() -> service.schedule(change))
                .then(Mono.fromCallable(() -> bodies(service, 0)));
    }

    private Replicas bodies(SchedulingService service, int steps) {
        var base = serving.require().models().servedName();
        return new Replicas(
                service.scheduling(steps).stream()
                        .map(report -> ReplicaBody.of(report, base))
                        .toList());
    }

    private SchedulingService service() {
        return serving.require()
                .scheduling()
                .orElseThrow(() ->
                        new ResponseStatusException(
                                HttpStatus.FORBIDDEN,
                                "The administration is closed while dlora.allow-open-network is true, as there is no login yet."));
    }
}
