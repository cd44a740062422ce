package org.dlora.api.web;

import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.util.StringUtils;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * Filter that refuses compressed bodies. The bound of a body's size is that of its bytes on the
 * wire, which a compressed one would go around.
 */
public final class EncodedBodyFilter implements WebFilter, Ordered {
    /** Behind Spring Security, which is at -100, so that strangers learn nothing. */
    @Override
    public int getOrder() {
        return -80;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        var encoding = exchange.getRequest().getHeaders().getFirst(HttpHeaders.CONTENT_ENCODING);
        return encoding == null || encoding.isBlank() || encoding.equalsIgnoreCase("identity")
                ? chain.filter(exchange)
                : Mono.error(
                        ApiException.of(
                                HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                                "The body is compressed (Content-Encoding: %s). Send it as it is, without this header."
                                        .formatted(StringUtils.truncate(encoding))));
    }
}
