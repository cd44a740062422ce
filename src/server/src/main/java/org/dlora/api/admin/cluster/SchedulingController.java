package org.dlora.api.admin.cluster;

import java.util.List;
import java.util.function.UnaryOperator;
import org.dlora.api.openai.call.BodyReader;
import org.dlora.api.web.RequestCaller;
import org.dlora.catalogue.SchedulingService;
import org.dlora.catalogue.manifest.ManagedAdapterException;
import org.dlora.catalogue.versions.CatalogueChangedException;
import org.dlora.catalogue.versions.CatalogueUnavailableException;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.operate.Administration;
import org.dlora.operate.adapters.CatalogueRefusals;
import org.dlora.operate.cluster.SchedulingCommands;
import org.dlora.replica.SchedulingSettings;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/**
 * Endpoints of the scheduling: each replica's decisions with their reasons, and the policy. A
 * change must be sent as JSON, which a web page of a stranger cannot do.
 */
@RestController
public final class SchedulingController {
    private static final CountParameter STEPS = new CountParameter("steps", 20, 256);

    private final Administration administration;
    private final BodyReader bodyReader;
    private final ClusterEvents events;

    SchedulingController(
            Administration administration, BodyReader bodyReader, ClusterEvents events) {
        this.administration = administration;
        this.bodyReader = bodyReader;
        this.events = events;
    }

    /** Replicas in configured order. */
    record Replicas(List<ReplicaBody> replicas) {}

    /** An update of the settings, with the JSON that asked for it. */
    private record Change(
            SchedulingService service, UnaryOperator<SchedulingSettings> update, String json) {}

    @GetMapping("/admin/scheduling")
    Mono<Replicas> read(@RequestParam MultiValueMap<String, String> query) {
        int steps = STEPS.read(query);
        return Mono.just(replicas(administration.scheduling(), steps));
    }

    @PutMapping(path = "/admin/scheduling", consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<Replicas> change(
            @RequestBody(required = false) Mono<byte[]> body, ServerHttpRequest request) {
        return bodyReader
                .read(body, (json, _) -> read(json))
                .flatMap(change ->
                        Mono.fromFuture(() ->
                                        // Escaped, as it is JSON; names in it are
                                        // served ones.
                                        SchedulingCommands.update(
                                                administration,
                                                change.update,
                                                events,
                                                RequestCaller.name(request),
                                                change.json))
                                .onErrorMap(
                                        CatalogueUnavailableException.class,
                                        e -> CatalogueRefusals.translated(e))
                                .onErrorMap(
                                        ManagedAdapterException.class,
                                        e -> CatalogueRefusals.translated(e))
                                .onErrorMap(
                                        CatalogueChangedException.class,
                                        e -> CatalogueRefusals.translated(e))
                                .then(Mono.fromCallable(() -> replicas(change.service, 0))));
    }

    private Change read(ObjectNode json) {
        return new Change(
                administration.scheduling(),
                SchedulingUpdateReader.read(json, administration.models()),
                json.toString());
    }

    private Replicas replicas(SchedulingService service, int steps) {
        var base = administration.models().servedName();
        return new Replicas(
                service.scheduling(steps).stream()
                        .map(report -> ReplicaBody.of(report, base))
                        .toList());
    }
}
