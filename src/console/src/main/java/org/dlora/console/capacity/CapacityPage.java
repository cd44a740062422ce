package org.dlora.console.capacity;

import org.dlora.api.pools.WorkPools;
import org.dlora.console.page.PageRenderer;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Page of the memories' capacity. Its figures are those of {@link CapacityPanel}. */
@Controller
final class CapacityPage {
    private final PageRenderer pages;
    private final WorkPools pools;
    private final CapacityPanel panel;

    CapacityPage(PageRenderer pages, CapacityPanel panel, WorkPools pools) {
        this.pools = pools;
        this.pages = pages;
        this.panel = panel;
    }

    @GetMapping("/console/capacity")
    Mono<ResponseEntity<String>> capacity(ServerWebExchange exchange) {
        return pools.catalogue()
                .run(() -> panel.fresh())
                .flatMap(values -> pages.page(exchange, CapacityPanel.TEMPLATE, values));
    }
}
