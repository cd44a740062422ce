package org.dlora.api.openai.call;

import java.util.List;
import java.util.stream.Stream;
import org.dlora.api.web.HttpSettings;
import org.springframework.core.Ordered;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;
import reactor.core.publisher.Mono;

/**
 * Filter that gives each call of {@code /v1} and {@code /invocations} its {@link RequestIdentity},
 * and each answer the header {@value RequestIdentity#HEADER}: streams and errors too.
 */
public final class RequestIdFilter implements WebFilter, Ordered {
    private static final List<PathPattern> PATHS =
            Stream.of("/v1/**", "/invocations")
                    .map(PathPatternParser.defaultInstance::parse)
                    .toList();

    private final HttpSettings settings;
    private final CallTrace trace;

    public RequestIdFilter(HttpSettings settings, CallTrace trace) {
        this.settings = settings;
        this.trace = trace;
    }

    /** Comes first, so that what other filters refuse has an id too. */
    @Override
    public int getOrder() {
        return HIGHEST_PRECEDENCE;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        var path = exchange.getRequest().getPath().pathWithinApplication();
        if (PATHS.stream().anyMatch(pattern -> pattern.matches(path))) {
            var identity = RequestIdentity.begin(exchange, settings.clock(), trace);
            exchange.getResponse().getHeaders().set(RequestIdentity.HEADER, identity.shown());
        }
        return chain.filter(exchange);
    }
}
