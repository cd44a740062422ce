package org.dlora.api.admin.cluster;

import java.util.List;
import java.util.function.BiConsumer;
import org.dlora.api.openai.call.BodyReader;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.dlora.api.web.RequestCaller;
import org.dlora.cluster.replicas.NoSuchReplicaException;
import org.dlora.operate.Administration;
import org.dlora.operate.Caller;
import org.dlora.operate.cluster.ReplicaCommands;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/** Endpoints of the replicas: what each of them does, and its drain. */
@RestController
public final class ReplicasController {
    private final Administration administration;
    private final BodyReader bodyReader;
    private final ReplicaCommands commands;

    ReplicasController(
            Administration administration, BodyReader bodyReader, ReplicaCommands commands) {
        this.administration = administration;
        this.bodyReader = bodyReader;
        this.commands = commands;
    }

    /** Replicas in configured order. */
    record AllReplicas(List<ReplicaReportBody> replicas) {}

    @GetMapping("/admin/replicas")
    Mono<AllReplicas> replicas() {
        var reports = administration.replicas().replicas();
        return Mono.just(new AllReplicas(reports.stream().map(ReplicaReportBody::of).toList()));
    }

    @PostMapping("/admin/replicas/{id}/drain")
    Mono<ReplicaReportBody> drain(
            @PathVariable String id,
            @RequestBody(required = false) Mono<byte[]> body,
            ServerHttpRequest call) {
        return changed(id, body, commands::drain, call);
    }

    @PostMapping("/admin/replicas/{id}/resume")
    Mono<ReplicaReportBody> resume(
            @PathVariable String id,
            @RequestBody(required = false) Mono<byte[]> body,
            ServerHttpRequest call) {
        return changed(id, body, commands::resume, call);
    }

    /**
     * Has a replica begin anew, and answers when it serves again. The only one that serves does so
     * with {@code force} alone.
     */
    @PostMapping("/admin/replicas/{id}/restart")
    Mono<ReplicaReportBody> restart(
            @PathVariable String id,
            @RequestBody(required = false) Mono<byte[]> body,
            ServerHttpRequest call) {
        return bodyReader
                .readIfGiven(body, (json, _) -> readForce(json))
                .flatMap(isForced -> restarted(isForced, id, call));
    }

    private static boolean readForce(ObjectNode json) {
        var fields = Fields.of(json);
        boolean isForced = fields.flag("force", false);
        fields.end();
        return isForced;
    }

    private Mono<ReplicaReportBody> restarted(boolean isForced, String id, ServerHttpRequest call) {
        return Mono.defer(() -> {
            var service = administration.replicas();
            try {
                var done = commands.restart(RequestCaller.of(call), id, isForced);
                return Mono.fromFuture(done)
                        .onErrorMap(e ->
                                ApiException.of(
                                        HttpStatus.SERVICE_UNAVAILABLE,
                                        "Replica %s does not serve yet: %s."
                                                .formatted(id, e.getMessage())))
                        .then(Mono.fromCallable(() -> ReplicaReportBody.of(service.replica(id))));
            } catch (NoSuchReplicaException e) {
                throw ApiException.of(HttpStatus.NOT_FOUND, e.getMessage() + ".");
            } catch (IllegalStateException e) {
                throw ApiException.of(HttpStatus.CONFLICT, e.getMessage() + ".");
            }
        });
    }

    private Mono<ReplicaReportBody> changed(
            String id,
            Mono<byte[]> body,
            BiConsumer<Caller, String> command,
            ServerHttpRequest call) {
        return bodyReader
                .readNone(body)
                .map(_ -> {
                    var service = administration.replicas();
                    try {
                        command.accept(RequestCaller.of(call), id);
                        return ReplicaReportBody.of(service.replica(id));
                    } catch (NoSuchReplicaException e) {
                        throw ApiException.of(HttpStatus.NOT_FOUND, e.getMessage() + ".");
                    } catch (IllegalStateException e) {
                        throw ApiException.of(HttpStatus.CONFLICT, e.getMessage() + ".");
                    }
                });
    }
}
