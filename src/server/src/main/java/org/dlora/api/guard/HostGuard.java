package org.dlora.api.guard;

import org.dlora.api.web.ApiException;
import org.dlora.security.KeyRing;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * Filter for all calls of a server that needs no key: they are addressed to a host of its own. So a
 * web page whose name is resolved to loopback reads neither history nor answers, and never gets to
 * the console. A server with keys answers under each name, as no such page has a key or a session.
 */
public final class HostGuard implements WebFilter, Ordered {
    private final OwnHosts hosts;
    private final KeyRing ring;

    public HostGuard(OwnHosts hosts, KeyRing ring) {
        this.hosts = hosts;
        this.ring = ring;
    }

    /** Comes before Spring Security, which is at -100 and answers some of the calls. */
    @Override
    public int getOrder() {
        return -105;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        var request = exchange.getRequest();
        // Browsers send a host always. Probes by HTTP/1.0 do not; ChangeGuard refuses their
        // changes.
        boolean isChecked =
                hosts.areKnown()
                        && ring.isOpen()
                        && request.getHeaders().containsHeader(HttpHeaders.HOST);
        if (isChecked) {
            try {
                var _ = hosts.require(request);
            } catch (ApiException refusal) {
                return Mono.error(refusal);
            }
        }
        return chain.filter(exchange);
    }
}
