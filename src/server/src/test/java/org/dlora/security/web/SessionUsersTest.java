package org.dlora.security.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dlora.security.users.AdjustableClock;
import org.dlora.security.users.ConsoleSessions;
import org.dlora.security.users.FakeUserStore;
import org.dlora.security.users.Passwords;
import org.dlora.security.users.Role;
import org.dlora.security.users.SignInLink;
import org.dlora.security.users.SignIns;
import org.dlora.security.users.SignedIn;
import org.dlora.security.users.UserService;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpCookie;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.web.server.WebSession;
import org.springframework.web.server.session.CookieWebSessionIdResolver;
import org.springframework.web.server.session.DefaultWebSessionManager;
import org.springframework.web.server.session.InMemoryWebSessionStore;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Sessions of users in the store of the sessions. */
class SessionUsersTest {
    private static final Duration LIFETIME = Duration.ofHours(12);
    private static final Duration TIMEOUT = Duration.ofHours(5);

    private final AdjustableClock clock =
            new AdjustableClock(Instant.parse("2026-01-02T03:04:05Z"));
    private final Passwords passwords = new Passwords();
    private final UserService users = new UserService(new FakeUserStore(), passwords, clock);
    private final SignIns signIns =
            new SignIns(
                    users,
                    passwords,
                    new SignInLink(users, clock),
                    (_, _, _, _) -> {},
                    clock,
                    Runnable::run);
    private final ConsoleSessions sessions = new ConsoleSessions(users, LIFETIME, clock);
    private final InMemoryWebSessionStore store =
            new ConsoleWebConfiguration()
                    .sessionStore(
                            new ConsoleWebConfiguration.SessionSettings(Duration.ofDays(1)), clock);
    private final Sinks.Many<Boolean> looks = Sinks.many().multicast().directBestEffort();
    private final SessionUsers sessionUsers = new SessionUsers(sessions, store, looks.asFlux());

    @AfterEach
    void close() {
        passwords.close();
    }

    private MockServerWebExchange call(@Nullable String id) {
        return call(id, "/console/login");
    }

    private MockServerWebExchange call(@Nullable String id, String path) {
        var manager = new DefaultWebSessionManager();
        var cookies = new CookieWebSessionIdResolver();
        cookies.setCookieName(SessionUsers.COOKIE);
        manager.setSessionIdResolver(cookies);
        manager.setSessionStore(store);
        var request = MockServerHttpRequest.post(path);
        if (id != null) {
            request.cookie(new HttpCookie(SessionUsers.COOKIE, id));
        }
        return MockServerWebExchange.builder(request.build()).sessionManager(manager).build();
    }

    private SignedIn user(String name) {
        return signIns.byProvider("company", name, Role.VIEWER, null);
    }

    /** Signs in; returns the id of the session. */
    private String signIn(@Nullable String id, SignedIn user) {
        var exchange = call(id);
        // The filter of CSRF tokens does the same look-up first.
        var _ = sessionUsers.find(exchange).blockOptional();
        sessionUsers
                .save(exchange, new SecurityContextImpl(new UserAuthentication(user, null)))
                .then(Mono.defer(exchange.getResponse()::setComplete))
                .block();
        return exchange.getSession().blockOptional().orElseThrow().getId();
    }

    private boolean isSignedIn(String id) {
        return sessionUsers.find(call(id)).blockOptional().isPresent();
    }

    private AtomicBoolean ended(SignedIn user) {
        var ended = new AtomicBoolean();
        var _ = sessions.access(user).ended().onEnd(() -> ended.set(true));
        return ended;
    }

    @Test
    void aUserHasTwentySessionsAndTheOldestEnds() {
        var others = signIn(null, user("bob"));
        var ids = new ArrayList<String>();
        var ends = new ArrayList<AtomicBoolean>();
        for (int i = 0; i < SessionUsers.MOST + 5; i++) {
            clock.pass(Duration.ofMinutes(1));
            var user = user("ann");
            ends.add(ended(user));
            ids.add(signIn(null, user));
        }
        assertThat(ids.subList(0, 5)).noneMatch(this::isSignedIn);
        assertThat(ends.subList(0, 5)).allMatch(AtomicBoolean::get);
        assertThat(ids.subList(5, ids.size())).allMatch(this::isSignedIn);
        assertThat(ends.subList(5, ends.size())).noneMatch(AtomicBoolean::get);
        assertThat(isSignedIn(others)).isTrue();
        assertThat(store.getSessions()).hasSize(SessionUsers.MOST + 1);
    }

    @Test
    void usersDoNotTakeTheSessionsOfOthers() {
        var ids = new ArrayList<String>();
        for (var name : List.of("ann", "bob", "cat")) {
            for (int i = 0; i < SessionUsers.MOST; i++) {
                ids.add(signIn(null, user(name)));
            }
        }
        assertThat(ids).allMatch(this::isSignedIn);
        assertThat(store.getMaxSessions()).as("a bound for all").isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void aSignInWithTheCookieOfAnEndedSessionHolds() {
        var first = signIn(null, user("ann"));
        clock.pass(LIFETIME);
        assertThat(isSignedIn(first)).isFalse();
        var second = signIn(first, user("ann"));
        assertThat(second).isNotEqualTo(first);
        assertThat(isSignedIn(second)).isTrue();
        assertThat(isSignedIn(first)).isFalse();
    }

    @Test
    void anotherSignInOfTheBrowserEndsTheOneBefore() {
        var ann = user("ann");
        var ended = ended(ann);
        var first = signIn(null, ann);
        assertThat(ended).isFalse();
        var second = signIn(first, user("bob"));
        assertThat(ended).isTrue();
        assertThat(isSignedIn(first)).isFalse();
        assertThat(isSignedIn(second)).isTrue();
    }

    /** A form's notice for the next page is such an attribute. */
    @Test
    void nothingOfTheUserBeforeIsLeftInTheSession() {
        var id = signIn(null, user("ann"));
        session(id).getAttributes().put("words", "of ann");
        var second = signIn(id, user("bob"));
        assertThat(session(second).getAttributes()).containsOnlyKeys(SignedIn.NAME);
    }

    private WebSession session(String id) {
        return Objects.requireNonNull(store.getSessions().get(id));
    }

    @Test
    void streamsEndWithASessionThatIsNotUsed() {
        store.setDefaultMaxIdleTime(TIMEOUT);
        store.setDefaultMaxIdleTime(TIMEOUT);
        var ann = user("ann");
        var id = signIn(null, ann);
        var ended = ended(ann);
        clock.pass(TIMEOUT.minusMinutes(1));
        looks.tryEmitNext(true);
        assertThat(ended).isFalse();
        assertThat(isSignedIn(id)).as("a use of the session").isTrue();
        clock.pass(TIMEOUT.minusMinutes(1));
        looks.tryEmitNext(true);
        assertThat(ended).isFalse();
        clock.pass(Duration.ofMinutes(2));
        looks.tryEmitNext(true);
        assertThat(ended).isTrue();
    }

    @Test
    void callsThatBeginAndEndAtOnceDoNotFail() {
        var looks = ConsoleWebConfiguration.looks();
        var failures = new ConcurrentLinkedQueue<Throwable>();
        try (var clients = Executors.newFixedThreadPool(2)) {
            for (int i = 0; i < 2; i++) {
                clients.execute(() -> {
                    for (int j = 0; j < 20_000; j++) {
                        looks.subscribe(_ -> {}, failures::add).dispose();
                    }
                });
            }
        }
        assertThat(failures).isEmpty();
    }

    @Test
    void anOpenPageIsNoUseOfASession() {
        store.setDefaultMaxIdleTime(TIMEOUT);
        store.setDefaultMaxIdleTime(TIMEOUT);
        var ann = user("ann");
        var id = signIn(null, ann);
        var ended = ended(ann);
        for (int i = 0; i < 9; i++) {
            assertThat(sessionUsers.find(call(id, "/console/live")).blockOptional()).isPresent();
            clock.pass(TIMEOUT.dividedBy(9));
        }
        clock.pass(Duration.ofMinutes(1));
        looks.tryEmitNext(true);
        assertThat(ended).isTrue();
        assertThat(sessionUsers.find(call(id, "/console/live")).blockOptional()).isEmpty();
        assertThat(sessionUsers.find(call("unknown", "/console/live")).blockOptional()).isEmpty();
    }

    @Test
    void aSignOutEndsTheSession() {
        var id = signIn(null, user("ann"));
        var exchange = call(id);
        sessionUsers
                .save(exchange, null)
                .then(Mono.defer(exchange.getResponse()::setComplete))
                .block();
        assertThat(isSignedIn(id)).isFalse();
        assertThat(store.getSessions()).isEmpty();
    }
}
