package org.dlora.security.users;

import java.net.InetAddress;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.dlora.security.users.SignInLimits.Origin;
import org.dlora.security.users.SignedIn.Way;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Service that signs users in. The answer to a wrong password, an unknown name and a disabled user
 * is the same, and so is the work. Thread-safe.
 */
public final class SignIns {
    private static final Logger log = LoggerFactory.getLogger(SignIns.class);

    private final UserService users;
    private final Passwords passwords;
    private final SignInLink link;
    private final AccessAudit audit;
    private final InstantSource clock;
    private final Executor notes;

    /**
     * @param notes runs the writing of times and counts, beside the answers
     */
    public SignIns(
            UserService users,
            Passwords passwords,
            SignInLink link,
            AccessAudit audit,
            InstantSource clock,
            Executor notes) {
        this.users = users;
        this.passwords = passwords;
        this.link = link;
        this.audit = audit;
        this.clock = clock;
        this.notes = notes;
    }

    /**
     * A try.
     *
     * @param name as it was typed
     * @param address null if it is not known
     * @param device value of the cookie by which the browser is known, null if it has none
     */
    public record Try(
            String name, String password, @Nullable InetAddress address, @Nullable String device) {
        @Override
        public String toString() {
            return "Try[]";
        }
    }

    /**
     * A sign-in that has succeeded.
     *
     * @param device value of the cookie by which the browser is known from now on
     */
    public record Success(SignedIn user, String device) {}

    /** Signs in by a password; ends in {@link SignInRefusedException} if it is refused. */
    public Mono<Success> byPassword(Try one) {
        return Mono.defer(() -> {
            // What cannot be a name, however long, is counted as one.
            var name = ConsoleUser.possibleName(one.name());
            return verified(name, one)
                    .map(user -> {
                        var device = RandomText.secret();
                        users.limits().succeeded(name, origin(one), device);
                        log.info("Signed in at the console: {}", user.name());
                        audit(one.address(), "user.sign_in", user.name(), Way.PASSWORD);
                        notes.execute(() -> quietly(() -> users.signedIn(name)));
                        return new Success(
                                signedIn(user.name(), user.role(), Way.PASSWORD, user.stamp()),
                                device);
                    });
        });
    }

    /**
     * Changes the password of one who is signed in and knows it; ends in {@link
     * SignInRefusedException} or {@link UserChangeException} if it is refused.
     */
    public Mono<ConsoleUser> changePassword(Try one, String next) {
        return verified(one.name(), one)
                .flatMap(user ->
                        passwords.run(() -> {
                            var change = new UserService.Change(null, null, next);
                            var changed = users.change(user.name(), change);
                            audit.done(
                                    "user:" + user.name(), "user.password", user.name(), Map.of());
                            return changed;
                        }));
    }

    private Mono<ConsoleUser> verified(String name, Try one) {
        if (!users.directory().isKnown()) {
            return Mono.error(SignInRefusedException.notReady());
        }
        var wait = users.limits().take(name, origin(one));
        if (wait.isPresent()) {
            return Mono.error(SignInRefusedException.locked(wait.get()));
        }
        var user = users.user(name);
        return passwords
                .matches(one.password(), user.map(ConsoleUser::hash).orElse(null))
                .flatMap(isRight -> {
                    if (isRight && user.filter(known -> !known.disabled()).isPresent()) {
                        return Mono.just(user.get());
                    }
                    failed(user, one.address());
                    return Mono.error(SignInRefusedException.wrong());
                });
    }

    private void failed(Optional<ConsoleUser> user, @Nullable InetAddress address) {
        // What was typed may be a password in the wrong field.
        var name = user.map(ConsoleUser::name).orElse("unknown");
        log.warn("A sign-in at the console failed: user {}, address {}", name, host(address));
        audit(address, "user.sign_in_failed", name, Way.PASSWORD);
        // Beside the answer, whose time must not tell whether the user exists.
        user.ifPresent(_ -> notes.execute(() -> quietly(() -> users.failed(name))));
    }

    /** Signs in as the first administrator, by the link of the start. */
    public Mono<SignedIn> byLink(String token, @Nullable InetAddress address) {
        return Mono.fromCallable(() -> {
            link.use(token);
            log.info("Signed in at the console by the link of the start");
            audit(address, "user.sign_in", "sign-in-link", Way.LINK);
            return signedIn("sign-in-link", Role.ADMIN, Way.LINK, UserDirectory.LINK);
        });
    }

    /** Signs in one whom an identity provider knows. */
    public SignedIn byProvider(String name, Role role, @Nullable InetAddress address) {
        log.info("Signed in at the console by the identity provider: {}", name);
        audit(address, "user.sign_in", name, Way.OIDC);
        return signedIn(name, role, Way.OIDC, UserDirectory.OUTSIDE);
    }

    /** Ends a session, and the calls that run in it. */
    public void signOut(SignedIn user) {
        user.end();
        audit.done(user.actor(), "user.sign_out", user.name(), Map.of());
    }

    private SignedIn signedIn(String name, Role role, Way way, String stamp) {
        return new SignedIn(name, role, way, stamp, clock.instant(), RandomText.secret());
    }

    private void audit(@Nullable InetAddress address, String action, String user, Way way) {
        audit.done(host(address), action, user, Map.of("by", way.name().toLowerCase(Locale.ROOT)));
    }

    private static String host(@Nullable InetAddress address) {
        return address == null ? "an unknown host" : address.getHostAddress();
    }

    private static Origin origin(Try one) {
        return new Origin(one.address(), one.device());
    }

    /** Signs in also while the database is away. */
    private static void quietly(Runnable note) {
        try {
            note.run();
        } catch (UsersUnavailableException e) {
            log.debug("A sign-in could not be noted: {}", e.getMessage());
        }
    }
}
