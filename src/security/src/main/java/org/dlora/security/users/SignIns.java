package org.dlora.security.users;

import java.net.InetAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.dlora.audit.AuditedAction;
import org.dlora.security.AccessChangeException;
import org.dlora.security.AccessUnavailableException;
import org.dlora.security.users.SignInLimits.Origin;
import org.dlora.security.users.SignedIn.Way;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Service that signs users in. The answer to a wrong password, an unknown name and a disabled user
 * is the same, and so is the work. Thread-safe.
 */
public final class SignIns {
    private static final Logger log = LoggerFactory.getLogger(SignIns.class);
    private static final String ADDRESS = "address";

    /** Longest wait of a change for the store. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final UserService users;
    private final Passwords passwords;
    private final SignInLink link;
    private final AccessAudit audit;
    private final InstantSource clock;
    private final Executor store;

    /**
     * @param store runs what waits for the store, beside the answers; may refuse when too much
     *     waits
     */
    public SignIns(
            UserService users,
            Passwords passwords,
            SignInLink link,
            AccessAudit audit,
            InstantSource clock,
            Executor store) {
        this.users = users;
        this.passwords = passwords;
        this.link = link;
        this.audit = audit;
        this.clock = clock;
        this.store = store;
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

    /** Signs in by a password; fails with {@link SignInRefusedException} if it is refused. */
    public CompletableFuture<Success> byPassword(Try one) {
        // What cannot be a name, however long, is counted as one.
        var name = ConsoleUser.possibleName(one.name());
        return checked(
                name,
                one,
                user -> {
                    var device = RandomText.secret();
                    users.limits().succeeded(name, origin(one), device);
                    log.info("Signed in at the console: {}", user.name());
                    audit(one.address(), "user.sign_in", user.name(), Way.PASSWORD);
                    note(() -> users.signedIn(name));
                    return new Success(
                            signedIn(
                                    user.name(),
                                    "user:" + user.name(),
                                    user.role(),
                                    Way.PASSWORD,
                                    user.stamp()),
                            device);
                });
    }

    /**
     * Changes the password of one who is signed in and knows it; fails with {@link
     * SignInRefusedException}, {@link AccessChangeException} or {@link AccessUnavailableException}
     * if it is refused.
     */
    public CompletableFuture<ConsoleUser> changePassword(Try one, String next) {
        return then(
                checked(
                        one.name(),
                        one,
                        user -> Map.entry(user, passwords.checkedHash(user.name(), next))),
                hashed -> {
                    var user = hashed.getKey();
                    return audited(
                            "user:" + user.name(),
                            "user.password",
                            Map.of(ADDRESS, host(one.address())),
                            () -> users.changePassword(user, hashed.getValue()));
                });
    }

    /**
     * Makes the first user, an administrator; fails as {@link #changePassword} does if it is
     * refused.
     *
     * @param by whose session makes it
     * @param address null if it is not known
     */
    public CompletableFuture<ConsoleUser> makeFirst(
            SignedIn by, String name, String password, @Nullable InetAddress address) {
        var checked = ConsoleUser.name(name);
        return then(
                passwords.run(() -> passwords.checkedHash(checked, password)),
                hash ->
                        audited(
                                by.actor(),
                                "user.create",
                                Map.of("role", Role.ADMIN.label(), ADDRESS, host(address)),
                                () -> users.createFirst(name, hash)));
    }

    /** Returns the change of the store that follows from a hash; its cancelling cancels both. */
    private <T> CompletableFuture<ConsoleUser> then(
            CompletableFuture<T> hashed, Function<T, ConsoleUser> change) {
        var done = hashed.thenCompose(hash -> stored(() -> change.apply(hash)));
        var _ =
                done.whenComplete((_, _) -> {
                    if (done.isCancelled()) {
                        hashed.cancel(false);
                    }
                });
        return done;
    }

    private ConsoleUser audited(
            String actor, String action, Map<String, ?> details, Supplier<ConsoleUser> change) {
        return AuditedAction.call(
                actor,
                action,
                () -> {
                    var changed = change.get();
                    audit.done(actor, action, changed.name(), details);
                    return changed;
                });
    }

    /** Runs a change of the store, which may hang, on none of the threads that check passwords. */
    private <T> CompletableFuture<T> stored(Callable<T> change) {
        var done = AsyncCall.on(store, change);
        CompletableFuture.delayedExecutor(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .execute(() ->
                        done.completeExceptionally(
                                new AccessUnavailableException(
                                        "The database does not answer; the change may still be made",
                                        null)));
        return done;
    }

    /** Does work for a user whose password is right, on the threads that check passwords. */
    private <T> CompletableFuture<T> checked(String name, Try one, Function<ConsoleUser, T> work) {
        if (!users.directory().isKnown()) {
            return CompletableFuture.failedFuture(SignInRefusedException.notReady());
        }
        var wait = users.limits().take(name, origin(one));
        if (wait.isPresent()) {
            return CompletableFuture.failedFuture(SignInRefusedException.locked(wait.get()));
        }
        var done = passwords.run(() -> work.apply(verified(name, one)));
        if (done.isCompletedExceptionally()
                && done.exceptionNow() instanceof SignInRefusedException refusal
                && refusal.kind() == SignInRefusedException.Kind.BUSY) {
            // No password has been checked.
            users.limits().giveBack(name, origin(one));
        }
        return done;
    }

    private ConsoleUser verified(String name, Try one) {
        var user = users.user(name);
        boolean isRight =
                passwords.matches(one.password(), user.map(ConsoleUser::hash).orElse(null));
        if (!isRight || user.filter(known -> !known.disabled()).isEmpty()) {
            failed(user, name, one);
            throw SignInRefusedException.wrong();
        }
        return user.get();
    }

    private void failed(Optional<ConsoleUser> user, String typed, Try one) {
        // What was typed may be a password in the wrong field.
        var name = user.map(ConsoleUser::name).orElse(ConsoleUser.UNKNOWN);
        var host = host(one.address());
        log.warn("A sign-in at the console failed: user {}, address {}", name, host);
        var lockOuts = users.limits().failed(typed, origin(one));
        audit(one.address(), "user.sign_in_failed", name, Way.PASSWORD);
        for (var lockOut : lockOuts) {
            var what = lockOut.locked().name().toLowerCase(Locale.ROOT);
            log.warn(
                    "Locked out of the console until {}: {} (user {}, address {})",
                    lockOut.until(),
                    what,
                    name,
                    host);
            audit.done(
                    host,
                    "user.lock_out",
                    name,
                    Map.of("locked", what, "until", lockOut.until().toString()));
        }
        // Beside the answer, whose time must not tell whether the user exists.
        user.ifPresent(_ -> note(() -> users.failed(name)));
    }

    /**
     * Signs in as the first administrator, by the link of the start.
     *
     * @throws SignInRefusedException if it is refused
     */
    public SignedIn byLink(String token, @Nullable InetAddress address) {
        link.use(token);
        log.info("Signed in at the console by the link of the start");
        audit(address, "user.sign_in", ConsoleUser.LINK, Way.LINK);
        return signedIn(
                ConsoleUser.LINK,
                "user:" + ConsoleUser.LINK,
                Role.ADMIN,
                Way.LINK,
                UserDirectory.LINK);
    }

    /**
     * Signs in one whom an identity provider knows.
     *
     * @param provider id of the provider's registration, as others may know the same names
     */
    public SignedIn byProvider(
            String provider, String name, Role role, @Nullable InetAddress address) {
        log.info("Signed in at the console by the identity provider {}: {}", provider, name);
        var full = provider + "/" + name;
        audit(address, "user.sign_in", full, Way.OIDC);
        return signedIn(name, "oidc:" + full, role, Way.OIDC, UserDirectory.OUTSIDE);
    }

    /**
     * Refuses one whom an identity provider knows, but who has no role here.
     *
     * @param claim name of the claim that should have given one
     */
    public void refusedByRole(
            String provider, String name, String claim, @Nullable InetAddress address) {
        log.warn(
                "No sign-in at the console for {} of the identity provider {}: the claim {} gives no role",
                name,
                provider,
                claim);
        audit(address, "user.sign_in_failed", provider + "/" + name, Way.OIDC);
    }

    /** Ends a session, and the calls that run in it. */
    public void signOut(SignedIn user, @Nullable InetAddress address) {
        user.end();
        audit.done(user.actor(), "user.sign_out", user.name(), Map.of(ADDRESS, host(address)));
    }

    private SignedIn signedIn(String name, String actor, Role role, Way way, String stamp) {
        return new SignedIn(name, actor, role, way, stamp, clock.instant(), RandomText.secret());
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

    /** Signs in also while the database is away, or slow. */
    private void note(Runnable note) {
        try {
            store.execute(() -> {
                try {
                    note.run();
                } catch (AccessUnavailableException e) {
                    log.debug("A sign-in could not be noted: {}", e.getMessage());
                }
            });
        } catch (RejectedExecutionException _) {
            log.debug("A sign-in could not be noted: too many wait for the database");
        }
    }
}
