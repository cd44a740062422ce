package org.dlora.security.web;

import java.util.Comparator;
import org.dlora.security.Access;
import org.dlora.security.Ending;
import org.dlora.security.users.ConsoleSessions;
import org.dlora.security.users.SignedIn;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.web.server.context.ServerSecurityContextRepository;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebSession;
import org.springframework.web.server.session.InMemoryWebSessionStore;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Users of the sessions, which are named by a cookie. A session is made by a sign-in only, so that
 * strangers take no memory, and each user has {@value #MOST} at most.
 */
final class SessionUsers implements ServerSecurityContextRepository {
    static final String COOKIE = "dlora-session";

    /** Sessions of a user; with one more the oldest ends. */
    static final int MOST = 20;

    private final ConsoleSessions sessions;
    private final InMemoryWebSessionStore store;
    private final Flux<?> looks;

    /**
     * @param looks at each of which sessions with streams are checked
     */
    SessionUsers(ConsoleSessions sessions, InMemoryWebSessionStore store, Flux<?> looks) {
        this.sessions = sessions;
        this.store = store;
        this.looks = looks;
    }

    /** Returns the user of a call's session; empty if it has none that goes on. */
    Mono<SignedIn> find(ServerWebExchange exchange) {
        return session(exchange)
                .flatMap(session -> Mono.justOrEmpty(user(session)))
                .filter(sessions::holds);
    }

    /**
     * Returns the session of a call. One that has ended stays until its time is up: a sign-in of
     * this call may renew it. Updates of an open page, which a browser asks for by itself, are no
     * use of the session.
     */
    private Mono<WebSession> session(ServerWebExchange exchange) {
        var request = exchange.getRequest();
        var cookie = request.getCookies().getFirst(COOKIE);
        if (cookie == null) {
            return Mono.empty();
        }
        return request.getPath().pathWithinApplication().value().equals(ConsolePaths.LIVE)
                ? Mono.justOrEmpty(store.getSessions().get(cookie.getValue()))
                        .filter(session -> !session.isExpired())
                : exchange.getSession();
    }

    /** Completes when a session has not been used for too long, or has ended otherwise. */
    private Mono<Void> unused(WebSession session) {
        return looks.filter(_ -> session.isExpired()).next().then();
    }

    private Ending expiry(SignedIn user, WebSession session) {
        return ReactiveEnding.of(
                Mono.firstWithSignal(
                        unused(session), Mono.defer(() -> Mono.delay(sessions.rest(user))).then()));
    }

    private static @Nullable SignedIn user(WebSession session) {
        return session.getAttribute(SignedIn.NAME) instanceof SignedIn user ? user : null;
    }

    /**
     * Begins the session of a user, with a new id: an id that a stranger planted is worthless. The
     * sign-in that the browser had before ends.
     */
    @Override
    public Mono<Void> save(ServerWebExchange exchange, @Nullable SecurityContext context) {
        return exchange.getSession()
                .flatMap(session -> {
                    endUser(session);
                    // What the last user's pages have left there is nobody else's.
                    session.getAttributes().clear();
                    if (context != null
                            && context.getAuthentication() instanceof UserAuthentication user) {
                        return endOldest(user.user().actor())
                                .then(
                                        Mono.defer(() -> {
                                            user.user().expiresWith(expiry(user.user(), session));
                                            session.getAttributes().put(SignedIn.NAME, user.user());
                                            return session.changeSessionId();
                                        }));
                    }
                    return session.invalidate();
                });
    }

    private void endUser(WebSession session) {
        var before = user(session);
        if (before != null) {
            session.getAttributes().remove(SignedIn.NAME);
            sessions.end(before);
        }
    }

    /** Ends so many sessions that a user may have one more. */
    private Mono<Void> endOldest(String actor) {
        var known =
                store.getSessions().values().stream()
                        .filter(session -> isOf(session, actor))
                        .sorted(Comparator.comparing(WebSession::getLastAccessTime))
                        .toList();
        return Flux.fromIterable(known)
                .take(Math.max(0, known.size() - MOST + 1))
                .concatMap(session -> {
                    endUser(session);
                    return session.invalidate();
                })
                .then();
    }

    private static boolean isOf(WebSession session, String actor) {
        var user = user(session);
        return user != null && user.actor().equals(actor);
    }

    @Override
    public Mono<SecurityContext> load(ServerWebExchange exchange) {
        return find(exchange)
                .map(user -> {
                    exchange.getAttributes().put(SignedIn.NAME, user);
                    // Pages ask what a call may do, and who makes it, as endpoints do.
                    exchange.getAttributes().put(Access.NAME, sessions.access(user));
                    return new SecurityContextImpl(new UserAuthentication(user, null));
                });
    }
}
