package org.dlora.console.migrations;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.dlora.api.pools.WorkPools;
import org.dlora.console.page.PageRenderer;
import org.dlora.security.users.Role;
import org.dlora.security.web.ConsolePaths;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Pages that show moves and plans. */
@Controller
final class MigrationPageController {
    private final PageRenderer pages;
    private final WorkPools pools;
    private final MigrationViews views;

    MigrationPageController(PageRenderer pages, MigrationViews views, WorkPools pools) {
        this.pools = pools;
        this.pages = pages;
        this.views = views;
    }

    @GetMapping("/console/migrations")
    Mono<ResponseEntity<String>> all(
            @RequestParam MultiValueMap<String, String> query, ServerWebExchange exchange) {
        var filter =
                new MoveFilter(
                        text(query, "outcome"),
                        text(query, "replica"),
                        text(query, "model"),
                        page(text(query, "page")));
        return page(exchange, "migrations", () -> views.all(filter));
    }

    @GetMapping("/console/migrations/move")
    Mono<ResponseEntity<String>> move(
            @RequestParam MultiValueMap<String, String> query, ServerWebExchange exchange) {
        return page(
                exchange,
                "migration-move",
                () -> views.choices(text(query, "request"), text(query, "adapter")));
    }

    /** Makes a plan, for those who may apply it: a plan takes processors. */
    @GetMapping("/console/migrations/rebalance")
    Mono<ResponseEntity<String>> rebalance(ServerWebExchange exchange) {
        boolean mayPlan = ConsolePaths.user(exchange).role().includes(Role.OPERATOR);
        return page(
                exchange,
                "rebalance",
                () -> {
                    var values = new HashMap<String, @Nullable Object>();
                    if (mayPlan) {
                        values.putAll(views.dryRun());
                    }
                    return values;
                });
    }

    private Mono<ResponseEntity<String>> page(
            ServerWebExchange exchange,
            String template,
            Callable<Map<String, ? extends @Nullable Object>> values) {
        return pools.catalogue()
                .run(values)
                .flatMap(known -> pages.page(exchange, template, known));
    }

    private static String text(MultiValueMap<String, String> query, String name) {
        var text = query.getFirst(name);
        return text == null ? "" : text.strip();
    }

    /** Returns the number of a page; the first one where it is none. */
    private static int page(String text) {
        return text.matches("[1-9][0-9]{0,3}") ? Integer.parseInt(text) : 1;
    }
}
