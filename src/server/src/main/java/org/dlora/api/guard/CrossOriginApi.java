package org.dlora.api.guard;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.reactive.CorsWebFilter;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

/**
 * CORS for the pages of {@link CrossOrigins}: they may call the endpoints of inference, with a key
 * or where none is needed, but never in a session of the console. Calls from other origins are what
 * they are without the setting.
 */
@Configuration(proxyBeanMethods = false)
public class CrossOriginApi {
    private static final Duration PREFLIGHTS_HOLD = Duration.ofMinutes(10);

    /** Before Spring Security, which is at -100: a preflight has no key. */
    private static final int BEFORE_SECURITY = -110;

    private static final List<PathPattern> PATHS =
            Stream.of(
                            "/v1/chat/**",
                            "/v1/completions",
                            "/v1/fim/completions",
                            "/v1/responses/**",
                            "/v1/models/**",
                            "/v1/me",
                            "/invocations",
                            "/tokenize",
                            "/detokenize",
                            "/tokenizer_info",
                            "/version",
                            "/health")
                    .map(PathPatternParser.defaultInstance::parse)
                    .toList();

    @Bean
    @Order(BEFORE_SECURITY)
    WebFilter crossOriginCalls(CrossOrigins origins) {
        if (origins.allowed().isEmpty()) {
            return (exchange, chain) -> chain.filter(exchange);
        }
        return new CorsWebFilter(exchange -> configuration(exchange, origins));
    }

    private static @Nullable CorsConfiguration configuration(
            ServerWebExchange exchange, CrossOrigins origins) {
        var request = exchange.getRequest();
        var origin = request.getHeaders().getOrigin();
        var path = request.getPath().pathWithinApplication();
        if (origin == null
                || !origins.allows(origin)
                || PATHS.stream().noneMatch(pattern -> pattern.matches(path))) {
            return null;
        }
        var cors = new CorsConfiguration();
        cors.setAllowedOrigins(List.of(origin));
        cors.setAllowedMethods(List.of("GET", "HEAD", "POST", "DELETE"));
        cors.setAllowedHeaders(List.of(CorsConfiguration.ALL));
        cors.setExposedHeaders(
                List.of(
                        "X-Request-Id",
                        "X-DLoRA-Adapter",
                        "X-DLoRA-Budget-Alert",
                        HttpHeaders.RETRY_AFTER,
                        "x-ratelimit-limit-requests",
                        "x-ratelimit-remaining-requests",
                        "x-ratelimit-reset-requests",
                        "x-ratelimit-limit-tokens",
                        "x-ratelimit-remaining-tokens",
                        "x-ratelimit-reset-tokens"));
        cors.setMaxAge(PREFLIGHTS_HOLD);
        return cors;
    }
}
