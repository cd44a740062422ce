package org.dlora.console.overview;

import static org.dlora.console.page.PageForms.leadTo;

import java.util.Map;
import org.dlora.console.page.PageRenderer;
import org.dlora.security.users.SignedIn.Way;
import org.dlora.security.web.ConsolePaths;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** First page of the console. */
@Controller
final class OverviewController {
    private final PageRenderer pages;

    OverviewController(PageRenderer pages) {
        this.pages = pages;
    }

    /** One who has come by the start's link makes the first user first. */
    @GetMapping(ConsolePaths.HOME)
    Mono<ResponseEntity<String>> overview(ServerWebExchange exchange) {
        return ConsolePaths.user(exchange).way() == Way.LINK
                ? leadTo(ConsolePaths.FIRST)
                : pages.page(exchange, "overview", Map.of());
    }
}
