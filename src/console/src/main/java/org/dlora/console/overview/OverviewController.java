package org.dlora.console.overview;

import static org.dlora.console.page.PageForms.leadTo;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.RequestCaller;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.console.page.PageForms;
import org.dlora.console.page.PageForms.Done;
import org.dlora.console.page.PageRenderer;
import org.dlora.operate.Administration;
import org.dlora.operate.cluster.SchedulingCommands;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.security.users.SignedIn.Way;
import org.dlora.security.web.ConsolePaths;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.util.StringUtils;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** First page of the console, with the switch of the policy. */
@Controller
final class OverviewController {
    private static final long PATIENCE_SECONDS = 30;

    private final PageRenderer pages;
    private final Administration administration;
    private final Overview overview;
    private final FirstUse firstUse;
    private final ClusterEvents events;
    private final WorkPools pools;

    OverviewController(
            PageRenderer pages,
            Administration administration,
            Overview overview,
            FirstUse firstUse,
            ClusterEvents events,
            WorkPools pools) {
        this.pools = pools;
        this.pages = pages;
        this.administration = administration;
        this.overview = overview;
        this.firstUse = firstUse;
        this.events = events;
    }

    /** Answers the overview; a user who has come by the start's link makes the first user first. */
    @GetMapping(ConsolePaths.HOME)
    Mono<ResponseEntity<String>> overview(ServerWebExchange exchange) {
        if (ConsolePaths.user(exchange).way() == Way.LINK) {
            return leadTo(ConsolePaths.FIRST);
        }
        // The history is asked only until there is a request.
        return pools.catalogue()
                .run(this::values)
                .flatMap(values -> pages.page(exchange, "overview", values));
    }

    private Map<String, @Nullable Object> values() {
        var reading = overview.read();
        var values = reading.totalsWithDemo();
        values.put("isFirstUse", firstUse.isFirst());
        values.put("picture", reading.picture());
        values.put("cards", reading.cards());
        values.put("table", reading.table());
        values.put("policies", PolicyChoice.all());
        values.put("policy", reading.totals().policy());
        return values;
    }

    @PostMapping("/console/policy")
    Mono<ResponseEntity<String>> switchPolicy(ServerWebExchange exchange) {
        return PageForms.change(
                exchange,
                ConsolePaths.HOME,
                fields -> {
                    var name = fields.required("policy", "Policy");
                    var policy =
                            PolicyKind.named(name)
                                    .orElseThrow(() ->
                                            ApiException.invalid(
                                                    "policy",
                                                    "There is no policy '%s'. Choose one of the list."
                                                            .formatted(
                                                                    StringUtils.truncate(
                                                                            name, 50))));
                    SchedulingCommands.update(
                                    administration,
                                    SchedulingCommands.policy(policy),
                                    events,
                                    RequestCaller.name(exchange.getRequest()),
                                    "policy " + policy.label())
                            .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                            .join();
                    return new Done(
                            ConsolePaths.HOME, "The policy is %s now.".formatted(policy.label()));
                });
    }
}
