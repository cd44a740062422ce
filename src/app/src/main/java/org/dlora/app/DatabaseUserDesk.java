package org.dlora.app;

import java.time.Clock;
import java.util.List;
import java.util.function.Supplier;
import org.dlora.security.AccessChangeException;
import org.dlora.security.AccessUnavailableException;
import org.dlora.security.users.ConsoleUser;
import org.dlora.security.users.Passwords;
import org.dlora.security.users.Role;
import org.dlora.security.users.UserService;
import org.dlora.store.users.DatabaseUsers;
import org.jspecify.annotations.Nullable;

/** Users in the database that the settings name, while no server uses its file. */
final class DatabaseUserDesk implements UserDesk {
    private final OfflineDatabase database;
    private final UserService users;

    /**
     * @param home folder of what lasts, null for that of the settings
     */
    DatabaseUserDesk(@Nullable String home) {
        database = OfflineDatabase.open("Users", home);
        users =
                new UserService(
                        new DatabaseUsers(database.database()), new Passwords(), Clock.systemUTC());
        attempt(() -> {
            users.refresh();
            return users;
        });
    }

    @Override
    public Shown create(String name, String role, String password) {
        var known = role(role);
        return shown(
                attempt(() ->
                        OfflineDatabase.audited(
                                "user.create", () -> users.create(name, known, password))));
    }

    @Override
    public List<Shown> list() {
        return users.users().stream().map(DatabaseUserDesk::shown).toList();
    }

    @Override
    public Shown change(String name, Change change) {
        var role = change.role() == null ? null : role(change.role());
        return shown(
                attempt(() ->
                        OfflineDatabase.audited(
                                "user.update",
                                () ->
                                        users.change(
                                                ConsoleUser.name(name),
                                                new UserService.Change(
                                                        role,
                                                        change.disabled(),
                                                        change.password())))));
    }

    @Override
    public void delete(String name) {
        var _ =
                attempt(() ->
                        OfflineDatabase.audited(
                                "user.delete",
                                () -> {
                                    users.delete(ConsoleUser.name(name));
                                    return name;
                                }));
    }

    private static Role role(String label) {
        return Role.of(label)
                .orElseThrow(() ->
                        new KeyDeskException(
                                "'%s' is no role; expected viewer, operator or admin."
                                        .formatted(label)));
    }

    private static <T> T attempt(Supplier<T> work) {
        try {
            return work.get();
        } catch (AccessChangeException | AccessUnavailableException e) {
            throw new KeyDeskException(String.valueOf(e.getMessage()));
        }
    }

    private static Shown shown(ConsoleUser user) {
        var last = user.lastSignIn();
        return new Shown(
                user.name(),
                user.role().label(),
                user.disabled(),
                last == null ? "" : last.toString());
    }

    @Override
    public void close() {
        database.close();
    }
}
