package org.dlora.security.web;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import org.dlora.security.users.RandomText;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.client.web.server.ServerAuthorizationRequestRepository;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationRequest;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * Sign-ins that have been sent to an identity provider, each bound to its browser by a cookie. They
 * are no sessions, so that strangers cannot take these; the oldest are forgotten. Thread-safe.
 */
final class PendingSignIns
        implements ServerAuthorizationRequestRepository<OAuth2AuthorizationRequest> {
    private static final String COOKIE = "dlora-provider";
    private static final Duration LIFETIME = Duration.ofMinutes(10);
    private static final int MOST = 1000;

    private final InstantSource clock;
    private final Map<String, Pending> pending =
            new LinkedHashMap<>() {
                private static final long serialVersionUID = 1;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Pending> eldest) {
                    return size() > MOST;
                }
            };

    private record Pending(OAuth2AuthorizationRequest request, Instant end) {}

    PendingSignIns(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public Mono<OAuth2AuthorizationRequest> loadAuthorizationRequest(ServerWebExchange exchange) {
        return Mono.fromSupplier(() -> find(exchange, false));
    }

    @Override
    public Mono<OAuth2AuthorizationRequest> removeAuthorizationRequest(ServerWebExchange exchange) {
        return Mono.fromSupplier(() -> find(exchange, true));
    }

    private synchronized @Nullable OAuth2AuthorizationRequest find(
            ServerWebExchange exchange, boolean isLast) {
        var key = ConsoleCookies.value(exchange, COOKIE);
        var found = key == null ? null : pending.get(key);
        var state = exchange.getRequest().getQueryParams().getFirst("state");
        if (found == null
                || state == null
                || !state.equals(found.request.getState())
                || clock.instant().isAfter(found.end)) {
            return null;
        }
        if (isLast) {
            pending.remove(key);
        }
        return found.request;
    }

    @Override
    public Mono<Void> saveAuthorizationRequest(
            OAuth2AuthorizationRequest request, ServerWebExchange exchange) {
        return Mono.fromRunnable(() -> {
            var key = RandomText.secret();
            synchronized (this) {
                pending.put(key, new Pending(request, clock.instant().plus(LIFETIME)));
            }
            // The way back is a navigation from the provider's site, which Strict would not be
            // sent with, and leads to a path outside of the console.
            exchange.getResponse()
                    .addCookie(
                            ConsoleCookies.of(exchange, COOKIE, key, LIFETIME.toSeconds())
                                    .mutate()
                                    .sameSite("Lax")
                                    .path("/login/oauth2/code")
                                    .build());
        });
    }
}
