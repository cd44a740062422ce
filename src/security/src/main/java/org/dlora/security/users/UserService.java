package org.dlora.security.users;

import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.dlora.audit.AuditedAction;
import org.dlora.audit.ChangeCondition;
import org.dlora.security.AccessChangeException;
import org.dlora.security.AccessUnavailableException;
import org.jspecify.annotations.Nullable;

/**
 * Service that shows and changes the users. A change is written to the store first, then put into
 * effect; it ends the user's sessions. Changes come one at a time and block; no event loop makes
 * them. Each throws {@link AccessChangeException}, or {@link AccessUnavailableException} if it
 * cannot be kept. Thread-safe.
 */
public final class UserService {
    /** Longest wait for another change, which the database may hold up. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final UserStore store;
    private final Passwords passwords;
    private final InstantSource clock;
    private final UserDirectory directory = new UserDirectory();
    private final SignInLimits limits;
    private final ReentrantLock changing = new ReentrantLock();

    public UserService(UserStore store, Passwords passwords, InstantSource clock) {
        this.store = store;
        this.passwords = passwords;
        this.clock = clock;
        limits = new SignInLimits(clock);
    }

    UserDirectory directory() {
        return directory;
    }

    SignInLimits limits() {
        return limits;
    }

    /**
     * A change of a user.
     *
     * @param role null if it stays
     * @param disabled null if it stays
     * @param password null if it stays
     */
    public record Change(
            @Nullable Role role, @Nullable Boolean disabled, @Nullable String password) {
        @Override
        public String toString() {
            return "Change[]";
        }
    }

    /** Returns all users by name. */
    public List<ConsoleUser> users() {
        return directory.all().stream().sorted(Comparator.comparing(ConsoleUser::name)).toList();
    }

    public Optional<ConsoleUser> user(String name) {
        return directory.find(name);
    }

    /**
     * Returns a user.
     *
     * @throws AccessChangeException if there is none of that name
     */
    public ConsoleUser require(String name) {
        return user(name).orElseThrow(UserService::unknown);
    }

    /** Returns whether the users have been read, as they are once the database is open. */
    public boolean isKnown() {
        return directory.isKnown();
    }

    /** Returns whether it is known that there is no user. */
    public boolean isEmpty() {
        return directory.isKnown() && !directory.hasUsers();
    }

    /** Makes a user. Hashes the password, which takes long. */
    public ConsoleUser create(String given, Role role, String password) {
        var name = name(given);
        Passwords.check(name, password);
        return create(name, role, passwords.hash(password), false);
    }

    /** Makes the first user, an administrator; refused if there are users. */
    ConsoleUser createFirst(String given, String hash) {
        return create(name(given), Role.ADMIN, hash, true);
    }

    private static String name(String given) {
        var name = ConsoleUser.name(given);
        if (!ConsoleUser.isName(name)) {
            throw AccessChangeException.invalid(
                    "name",
                    "The name must begin with a letter or digit and have up to 64 letters, digits, '.', '_', '@' or '-'.");
        }
        if (ConsoleUser.isReserved(name)) {
            throw AccessChangeException.invalid(
                    "name",
                    "The audit uses the name '%s' for others than users; take another one."
                            .formatted(name));
        }
        return name;
    }

    private ConsoleUser create(String name, Role role, String hash, boolean isFirst) {
        return changed(users -> {
            if (isFirst && !users.isEmpty()) {
                throw AccessChangeException.conflict(
                        "There are users already; sign in as one of them.");
            }
            if (users.stream().anyMatch(user -> user.name().equals(name))) {
                throw AccessChangeException.conflict(
                        "There is a user '%s' already.".formatted(name));
            }
            return new ConsoleUser(
                    name,
                    role,
                    hash,
                    false,
                    RandomText.shortOne(),
                    clock.instant().truncatedTo(ChronoUnit.MILLIS),
                    null,
                    0);
        });
    }

    /**
     * Changes the password of a user, and ends the user's sessions; refused if the user has been
     * changed since {@code verified}, as the password that was verified may be void.
     */
    ConsoleUser changePassword(ConsoleUser verified, String hash) {
        return changed(users -> {
            var before = find(users, verified.name());
            if (before.disabled() || !before.stamp().equals(verified.stamp())) {
                throw AccessChangeException.conflict(
                        "The user '%s' was changed meanwhile; sign in again."
                                .formatted(before.name()));
            }
            return before.withHash(hash, RandomText.shortOne());
        });
    }

    /** Changes a user, and ends the user's sessions. */
    public ConsoleUser change(String name, Change change) {
        var password = change.password();
        if (password != null) {
            Passwords.check(name, password);
        }
        var hash = password == null ? null : passwords.hash(password);
        return changed(users -> {
            var before = find(users, name);
            var stamp = RandomText.shortOne();
            var after = before;
            if (change.role() != null && change.role() != before.role()) {
                after = after.withRole(change.role(), stamp);
            }
            if (change.disabled() != null && change.disabled() != before.disabled()) {
                after = after.withDisabled(change.disabled(), stamp);
            }
            if (hash != null) {
                after = after.withHash(hash, stamp);
            }
            keepAnAdministrator(users, before, after);
            return after;
        });
    }

    /** Gives a user all tries of the password back, at this server. */
    public void unlock(String name) {
        limits.reset(require(name).name());
    }

    /** Removes a user, and ends the user's sessions. */
    public void delete(String name) {
        lock();
        try {
            var seen = new ArrayList<ConsoleUser>();
            store.delete(
                    name,
                    users -> {
                        seen.clear();
                        seen.addAll(users);
                        var user = find(users, name);
                        keepAnAdministrator(users, user, null);
                        AuditedAction.describe(name, user.state(), null);
                    });
            limits.reset(name);
            seen.removeIf(user -> user.name().equals(name));
            directory.publish(seen);
        } finally {
            changing.unlock();
        }
    }

    /** Nobody could make users if the last administrator went. */
    private static void keepAnAdministrator(
            List<ConsoleUser> users, ConsoleUser before, @Nullable ConsoleUser after) {
        boolean goes = isAdministrator(before) && (after == null || !isAdministrator(after));
        if (goes && users.stream().filter(UserService::isAdministrator).count() == 1) {
            throw AccessChangeException.conflict(
                    "The user '%s' is the last administrator who can sign in; make another first."
                            .formatted(before.name()));
        }
    }

    private static boolean isAdministrator(ConsoleUser user) {
        return user.role() == Role.ADMIN && !user.disabled();
    }

    /** Reads the users anew: other servers may have changed them. */
    public void refresh() {
        lock();
        try {
            directory.publish(store.read());
        } finally {
            changing.unlock();
        }
    }

    /** Notes a sign-in; the store is told, if it is there. */
    void signedIn(String name) {
        var at = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        directory.note(name, user -> user.signedIn(at));
        store.signedIn(name, at);
    }

    /** Counts a wrong password; the store is told, if it is there. */
    void failed(String name) {
        directory.note(name, ConsoleUser::failed);
        store.failed(name);
    }

    // What other servers have changed is read first, in the same transaction.
    private ConsoleUser changed(Function<List<ConsoleUser>, ConsoleUser> change) {
        lock();
        try {
            var seen = new ArrayList<ConsoleUser>();
            var changed =
                    store.write(users -> {
                        seen.clear();
                        seen.addAll(users);
                        var after = change.apply(users);
                        describe(users, after);
                        return after;
                    });
            limits.reset(changed.name());
            seen.removeIf(user -> user.name().equals(changed.name()));
            seen.add(changed);
            directory.publish(seen);
            return changed;
        } finally {
            changing.unlock();
        }
    }

    private static void describe(List<ConsoleUser> users, ConsoleUser after) {
        var before = users.stream().filter(user -> user.name().equals(after.name())).findFirst();
        var state = new LinkedHashMap<String, Object>(after.state());
        if (before.filter(user -> !user.hash().equals(after.hash())).isPresent()) {
            state.put("password", "changed");
        }
        AuditedAction.describe(after.name(), before.map(ConsoleUser::state).orElse(null), state);
    }

    private void lock() {
        try {
            if (changing.tryLock(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        throw new AccessUnavailableException(
                "Another change of the users waits for the database", null);
    }

    /** Returns a user that the running change may replace. */
    private static ConsoleUser find(List<ConsoleUser> users, String name) {
        var found =
                users.stream()
                        .filter(user -> user.name().equals(name))
                        .findFirst()
                        .orElseThrow(UserService::unknown);
        ChangeCondition.current().check(found);
        return found;
    }

    private static AccessChangeException unknown() {
        return AccessChangeException.unknown("user", "/admin/users");
    }
}
