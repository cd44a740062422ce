package org.dlora.api.guard;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.dlora.api.web.ApiException;
import org.dlora.security.Access;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.util.StringUtils;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;
import reactor.core.publisher.Mono;

/**
 * Filter for calls that change the server. A web page of a stranger, open in a browser on the same
 * machine, must not make them: where no key is needed, the browser reaches loopback. A call with a
 * key passes, as no page of a stranger has one.
 *
 * <ul>
 *   <li>A change is JSON or has the header {@value #HEADER}. A page can send neither to another
 *       origin without a preflight, which the server does not grant.
 *   <li>The {@code Host} is the server's own ({@link OwnHosts}).
 *   <li>The {@code Origin}, where there is one, is the server's own.
 * </ul>
 *
 * On an open network the names of the server are known by the settings alone; where they name none,
 * the first rule holds alone. Keys, teams and users are closed there, or any stranger could make
 * the first ones.
 */
public final class ChangeGuard implements WebFilter, Ordered {
    static final String HEADER = "X-DLoRA-Request";

    private static final Set<HttpMethod> READING =
            Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS, HttpMethod.TRACE);
    private static final List<PathPattern> GUARDED =
            patterns("/admin/**", "/v1/load_lora_adapter", "/v1/unload_lora_adapter");
    private static final List<PathPattern> ACCESS =
            patterns("/admin/keys/**", "/admin/teams/**", "/admin/users/**");

    private static List<PathPattern> patterns(String... paths) {
        return Stream.of(paths).map(PathPatternParser.defaultInstance::parse).toList();
    }

    private final boolean isOnOpenNetwork;
    private final OwnHosts hosts;

    /**
     * @param isOnOpenNetwork whether others reach a server without keys
     */
    public ChangeGuard(boolean isOnOpenNetwork, OwnHosts hosts) {
        this.isOnOpenNetwork = isOnOpenNetwork;
        this.hosts = hosts;
    }

    /** Comes behind Spring Security, which is at -100 and says whether the call has a key. */
    @Override
    public int getOrder() {
        return -90;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        var request = exchange.getRequest();
        boolean hasKey =
                Access.find(exchange.getAttribute(Access.NAME)).filter(Access::hasKey).isPresent();
        if (isOnOpenNetwork && !hasKey && isOf(ACCESS, request)) {
            return Mono.error(
                    ApiException.of(
                            HttpStatus.FORBIDDEN,
                            "Keys, teams and users are closed to calls without a key while dlora.allow-open-network is true; start without it and make an API key instead (docs/security.md)."));
        }
        if (!hasKey && !READING.contains(request.getMethod()) && isOf(GUARDED, request)) {
            try {
                check(request);
            } catch (ApiException refusal) {
                return Mono.error(refusal);
            }
        }
        return chain.filter(exchange);
    }

    // As handlers match, so that no other spelling of a path goes around.
    private static boolean isOf(List<PathPattern> patterns, ServerHttpRequest request) {
        var path = request.getPath().pathWithinApplication();
        return patterns.stream().anyMatch(pattern -> pattern.matches(path));
    }

    private void check(ServerHttpRequest request) {
        if (hosts.areKnown()) {
            var host = hosts.require(request);
            request.getHeaders()
                    .getOrDefault(HttpHeaders.ORIGIN, List.of())
                    .forEach(origin -> checkOrigin(origin, host));
        }
        if (!isJson(request.getHeaders()) && !request.getHeaders().containsHeader(HEADER)) {
            throw ApiException.of(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                    "A call that changes the server needs Content-Type: application/json, or the header %s with any value."
                            .formatted(HEADER));
        }
    }

    private static void checkOrigin(String origin, Authority host) {
        var own =
                Authority.ofOrigin(origin)
                        .filter(from -> from.equals(host.withPort(Authority.portOf(origin))));
        if (own.isEmpty()) {
            throw ApiException.of(
                    HttpStatus.FORBIDDEN,
                    "Web pages of other origins may not change the server; the Origin is '%s'."
                            .formatted(StringUtils.truncate(origin)));
        }
    }

    private static boolean isJson(HttpHeaders headers) {
        try {
            return MediaType.APPLICATION_JSON.equalsTypeAndSubtype(headers.getContentType());
        } catch (InvalidMediaTypeException _) {
            return false;
        }
    }
}
