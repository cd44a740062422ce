package org.dlora.api.admin.cluster;

import static java.util.stream.Collectors.toMap;

import java.util.List;
import java.util.function.UnaryOperator;
import org.dlora.api.openai.call.BodyReader;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.dlora.api.web.RequestCaller;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.rebalance.RebalanceService;
import org.dlora.operate.Administration;
import org.dlora.operate.cluster.MigrationCommands;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/** Endpoints of rebalancing: the last plans, a plan without moves, and one that is applied. */
@RestController
public final class RebalanceController {
    private final Administration administration;
    private final BodyReader bodyReader;
    private final MigrationCommands commands;
    private final WorkPools pools;

    RebalanceController(
            Administration administration,
            BodyReader bodyReader,
            MigrationCommands commands,
            WorkPools pools) {
        this.pools = pools;
        this.administration = administration;
        this.bodyReader = bodyReader;
        this.commands = commands;
    }

    /** The last plans, the newest first. */
    record Plans(List<RebalanceBody> plans) {}

    @GetMapping("/admin/rebalance")
    Mono<Plans> plans() {
        var names = names();
        return Mono.just(
                new Plans(
                        service().reports().reversed().stream()
                                .map(report -> RebalanceBody.of(report, names))
                                .toList()));
    }

    /** Makes a plan and applies it, unless {@code dry_run} is true; answers after the moves. */
    @PostMapping("/admin/rebalance")
    Mono<RebalanceBody> rebalance(
            @RequestBody(required = false) Mono<byte[]> body, ServerHttpRequest call) {
        return bodyReader
                .readIfGiven(body, (json, _) -> readDryRun(json))
                .flatMap(isDryRun -> {
                    var service = service();
                    var names = names();
                    if (isDryRun) {
                        return pools.catalogue()
                                .run(() -> RebalanceBody.of(service.dryRun(), names));
                    }
                    return Mono.fromFuture(commands.rebalance(RequestCaller.of(call), service))
                            .map(report -> RebalanceBody.of(report, names));
                });
    }

    private static boolean readDryRun(ObjectNode json) {
        var fields = Fields.of(json);
        boolean isDryRun = fields.flag("dry_run", false);
        fields.end();
        return isDryRun;
    }

    private UnaryOperator<String> names() {
        var names =
                administration.models().adapters().stream()
                        .collect(toMap(ServedAdapter::id, ServedAdapter::name));
        return id -> names.getOrDefault(id, id);
    }

    private RebalanceService service() {
        return administration
                .migrations()
                .rebalancing()
                .orElseThrow(() ->
                        ApiException.of(HttpStatus.NOT_FOUND, "Requests are not rebalanced here."));
    }
}
