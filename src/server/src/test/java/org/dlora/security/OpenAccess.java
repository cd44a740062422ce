package org.dlora.security;

import org.springframework.core.Ordered;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/** Filter of a server without security, or before it: calls may do everything. */
public final class OpenAccess implements WebFilter, Ordered {
    @Override
    public int getOrder() {
        return HIGHEST_PRECEDENCE;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        exchange.getAttributes().put(Access.NAME, Access.OPEN);
        return chain.filter(exchange).contextWrite(Context.of(Access.NAME, Access.OPEN));
    }
}
