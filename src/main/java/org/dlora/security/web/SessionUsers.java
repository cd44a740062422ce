package org.dlora.security.web;

import org.dlora.security.users.ConsoleSessions;
import org.dlora.security.users.SignedIn;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.web.server.context.ServerSecurityContextRepository;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebSession;
import reactor.core.publisher.Mono;

/**
 * Users of the sessions, which are named by a cookie. A session is made by a sign-in only, so that
 * strangers take no memory.
 */
final class SessionUsers implements ServerSecurityContextRepository {
    static final String COOKIE = "dlora-session";

    private final ConsoleSessions sessions;

    SessionUsers(ConsoleSessions sessions) {
        this.sessions = sessions;
    }

    /** Returns the user of a call's session; empty if it has none that goes on. */
    Mono<SignedIn> find(ServerWebExchange exchange) {
        if (!exchange.getRequest().getCookies().containsKey(COOKIE)) {
            return Mono.empty();
        }
        return exchange.getSession().flatMap(this::user);
    }

    private Mono<SignedIn> user(WebSession session) {
        Object known = session.getAttribute(SignedIn.NAME);
        if (!(known instanceof SignedIn user)) {
            return Mono.empty();
        }
        return sessions.holds(user)
                ? Mono.just(user)
                : session.invalidate().then(Mono.<SignedIn>empty());
    }

    /** Begins the session of a user, with a new id: an id that a stranger planted is worthless. */
    @Override
    public Mono<Void> save(ServerWebExchange exchange, @Nullable SecurityContext context) {
        return exchange.getSession()
                .flatMap(session -> {
                    if (context != null
                            && context.getAuthentication() instanceof UserAuthentication user) {
                        session.getAttributes().put(SignedIn.NAME, user.user());
                        return session.changeSessionId();
                    }
                    return session.invalidate();
                });
    }

    @Override
    public Mono<SecurityContext> load(ServerWebExchange exchange) {
        return find(exchange)
                .map(user -> {
                    exchange.getAttributes().put(SignedIn.NAME, user);
                    return new SecurityContextImpl(new UserAuthentication(user, null));
                });
    }
}
