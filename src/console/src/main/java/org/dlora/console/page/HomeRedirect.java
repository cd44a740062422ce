package org.dlora.console.page;

import org.dlora.security.web.ConsolePaths;
import org.springframework.core.Ordered;
import org.springframework.http.HttpMethod;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/** Filter that leads browsers from {@code /} to the console. Programs get what they got. */
@Component
final class HomeRedirect implements WebFilter, Ordered {

    /**
     * Comes before Spring Security, which is at -100: a stranger's browser comes to the sign-in.
     */
    @Override
    public int getOrder() {
        return -110;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        var request = exchange.getRequest();
        boolean isHome =
                request.getMethod().equals(HttpMethod.GET)
                        && request.getPath().pathWithinApplication().value().equals("/")
                        && ConsolePaths.wantsPage(exchange);
        return isHome ? ConsolePaths.redirect(exchange, ConsolePaths.HOME) : chain.filter(exchange);
    }
}
