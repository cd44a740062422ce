package org.dlora.api.admin;

import static java.util.stream.Collectors.toMap;

import java.util.List;
import java.util.function.UnaryOperator;
import org.dlora.api.openai.ApiException;
import org.dlora.api.openai.BodyReader;
import org.dlora.api.openai.Caller;
import org.dlora.api.openai.Fields;
import org.dlora.api.openai.Served;
import org.dlora.api.openai.Serving;
import org.dlora.api.pools.WorkPools;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.rebalance.RebalanceService;
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
final class RebalanceController {
    private final Serving serving;
    private final BodyReader bodyReader;
    private final ClusterOrders orders;
    private final WorkPools pools;

    RebalanceController(
            Serving serving, BodyReader bodyReader, ClusterOrders orders, WorkPools pools) {
        this.pools = pools;
        this.serving = serving;
        this.bodyReader = bodyReader;
        this.orders = orders;
    }

    /** The last plans, the newest first. */
    record Plans(List<RebalanceBody> plans) {}

    private record Order(Served served, boolean isDryRun) {}

    @GetMapping("/admin/rebalance")
    Mono<Plans> plans() {
        var served = serving.require();
        var names = names(served);
        return Mono.just(
                new Plans(
                        service(served).reports().reversed().stream()
                                .map(report -> RebalanceBody.of(report, names))
                                .toList()));
    }

    /** Makes a plan and applies it, unless {@code dry_run} is true; answers after the moves. */
    @PostMapping("/admin/rebalance")
    Mono<RebalanceBody> rebalance(
            @RequestBody(required = false) Mono<byte[]> body, ServerHttpRequest call) {
        return bodyReader
                .readIfGiven(body, RebalanceController::read)
                .flatMap(order -> {
                    var service = service(order.served);
                    var names = names(order.served);
                    if (order.isDryRun) {
                        return pools.catalogue()
                                .run(() -> RebalanceBody.of(service.dryRun(), names));
                    }
                    return Mono.fromFuture(orders.rebalance(service, Caller.of(call)))
                            .map(report -> RebalanceBody.of(report, names));
                });
    }

    private static Order read(ObjectNode json, Served served) {
        var fields = Fields.of(json);
        boolean isDryRun = fields.flag("dry_run", false);
        fields.end();
        return new Order(served, isDryRun);
    }

    private static UnaryOperator<String> names(Served served) {
        var names =
                served.models().adapters().stream()
                        .collect(toMap(ServedAdapter::id, ServedAdapter::name));
        return id -> names.getOrDefault(id, id);
    }

    private static RebalanceService service(Served served) {
        return served.migrations()
                .orElseThrow(ClosedAdministration::refusal)
                .rebalancing()
                .orElseThrow(() ->
                        ApiException.of(HttpStatus.NOT_FOUND, "Requests are not rebalanced here."));
    }
}
