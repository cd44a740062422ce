package org.dlora.console.capacity;

import org.dlora.console.page.PageRenderer;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Page of the memories' capacity. Its figures are those of {@link CapacityPanel}. */
@Controller
final class CapacityPage {
    private final PageRenderer pages;
    private final CapacityPanel panel;

    CapacityPage(PageRenderer pages, CapacityPanel panel) {
        this.pages = pages;
        this.panel = panel;
    }

    @GetMapping("/console/capacity")
    Mono<ResponseEntity<String>> capacity(ServerWebExchange exchange) {
        return Mono.fromCallable(() -> panel.fresh())
                .subscribeOn(Schedulers.boundedElastic())
                .flatMap(values -> pages.page(exchange, CapacityPanel.TEMPLATE, values));
    }
}
