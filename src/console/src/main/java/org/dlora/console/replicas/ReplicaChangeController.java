package org.dlora.console.replicas;

import java.util.HashMap;
import java.util.Map;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.RequestCaller;
import org.dlora.console.page.FormFields;
import org.dlora.console.page.PageAddress;
import org.dlora.console.page.PageForms;
import org.dlora.console.page.PageForms.Done;
import org.dlora.console.page.PageRenderer;
import org.dlora.console.replicas.ReplicaChange.Kind;
import org.dlora.operate.Administration;
import org.dlora.operate.Caller;
import org.dlora.operate.cluster.ReplicaCommands;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Commands to a replica: a page that says what each will do, and its form. */
@Controller
final class ReplicaChangeController {
    private static final String DRAIN = "/console/replica/drain";
    private static final String RESUME = "/console/replica/resume";
    private static final String RESTART = "/console/replica/restart";

    private final PageRenderer pages;
    private final Administration administration;
    private final ReplicaCommands commands;
    private final WorkPools pools;

    ReplicaChangeController(
            PageRenderer pages,
            Administration administration,
            ReplicaCommands commands,
            WorkPools pools) {
        this.pools = pools;
        this.pages = pages;
        this.administration = administration;
        this.commands = commands;
    }

    @GetMapping(DRAIN)
    Mono<ResponseEntity<String>> askDrain(
            @RequestParam(name = "id", defaultValue = "") String id, ServerWebExchange exchange) {
        return ask(Kind.DRAIN, id, exchange);
    }

    @GetMapping(RESUME)
    Mono<ResponseEntity<String>> askResume(
            @RequestParam(name = "id", defaultValue = "") String id, ServerWebExchange exchange) {
        return ask(Kind.RESUME, id, exchange);
    }

    @GetMapping(RESTART)
    Mono<ResponseEntity<String>> askRestart(
            @RequestParam(name = "id", defaultValue = "") String id, ServerWebExchange exchange) {
        return ask(Kind.RESTART, id, exchange);
    }

    @PostMapping(DRAIN)
    Mono<ResponseEntity<String>> drain(
            @RequestParam(name = "id", defaultValue = "") String id, ServerWebExchange exchange) {
        return change(
                id,
                exchange,
                (_, caller) -> {
                    commands.drain(caller, id);
                    return "Replica %s drains: it takes no new requests, and its requests move."
                            .formatted(id);
                });
    }

    @PostMapping(RESUME)
    Mono<ResponseEntity<String>> resume(
            @RequestParam(name = "id", defaultValue = "") String id, ServerWebExchange exchange) {
        return change(
                id,
                exchange,
                (_, caller) -> {
                    commands.resume(caller, id);
                    return "Replica %s takes requests again.".formatted(id);
                });
    }

    /** Does not wait until the replica serves: its page shows how it comes to that. */
    @PostMapping(RESTART)
    Mono<ResponseEntity<String>> restart(
            @RequestParam(name = "id", defaultValue = "") String id, ServerWebExchange exchange) {
        return change(
                id,
                exchange,
                (form, caller) -> {
                    var _ = commands.restart(caller, id, form.isChecked("force"));
                    return "Replica %s begins anew.".formatted(id);
                });
    }

    /** Command of a form. It returns what was done. */
    private interface Command {
        String run(FormFields form, Caller caller);
    }

    private Mono<ResponseEntity<String>> change(
            String id, ServerWebExchange exchange, Command command) {
        var call = exchange.getRequest();
        var page = PageAddress.of("/console/replica", "id", id);
        return PageForms.change(
                exchange, page, form -> new Done(page, command.run(form, RequestCaller.of(call))));
    }

    private Mono<ResponseEntity<String>> ask(Kind kind, String id, ServerWebExchange exchange) {
        return pools.catalogue()
                .run(() -> values(kind, id))
                .flatMap(values -> pages.page(exchange, "replica-change", values));
    }

    private Map<String, @Nullable Object> values(Kind kind, String id) {
        var replica = ReplicaViews.replica(administration, id);
        var values = new HashMap<String, @Nullable Object>();
        values.put("id", id);
        values.put("change", ReplicaChange.of(kind, replica, administration.replicas().replicas()));
        return values;
    }
}
