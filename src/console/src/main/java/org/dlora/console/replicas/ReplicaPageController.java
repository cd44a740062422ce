package org.dlora.console.replicas;

import java.util.HashMap;
import java.util.Map;
import org.dlora.api.pools.WorkPools;
import org.dlora.console.page.PageRenderer;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Pages that show the replicas. */
@Controller
final class ReplicaPageController {
    private final PageRenderer pages;
    private final WorkPools pools;
    private final ReplicaViews views;

    ReplicaPageController(PageRenderer pages, ReplicaViews views, WorkPools pools) {
        this.pools = pools;
        this.pages = pages;
        this.views = views;
    }

    @GetMapping("/console/replicas")
    Mono<ResponseEntity<String>> all(ServerWebExchange exchange) {
        return pools.catalogue()
                .run(views::all)
                .flatMap(values -> pages.page(exchange, "replicas", values));
    }

    @GetMapping("/console/replica")
    Mono<ResponseEntity<String>> one(
            @RequestParam(name = "id", defaultValue = "") String id, ServerWebExchange exchange) {
        return pools.catalogue()
                .run(() -> values(id))
                .flatMap(values -> pages.page(exchange, "replica", values));
    }

    private Map<String, @Nullable Object> values(String id) {
        var values = new HashMap<String, @Nullable Object>();
        values.put("id", id);
        values.putAll(views.state(id));
        values.putAll(views.adapters(id));
        values.putAll(views.requests(id));
        values.putAll(views.steps(id));
        return values;
    }
}
