package org.dlora.app.commands;

import java.time.Clock;
import java.util.List;
import java.util.function.Supplier;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.operate.access.UserCommands;
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
    private final UserCommands commands;

    /**
     * @param home folder of what lasts, null for that of the settings
     */
    DatabaseUserDesk(@Nullable String home) {
        database = OfflineDatabase.open("Users", home);
        users =
                new UserService(
                        new DatabaseUsers(database.database()), new Passwords(), Clock.systemUTC());
        commands = new UserCommands(users, new ClusterEvents(Clock.systemUTC()));
        attempt(() -> {
            users.refresh();
            return users;
        });
    }

    @Override
    public Shown create(String name, String role, String password) {
        return shown(
                attempt(() ->
                        commands.create(
                                name, Role.require(role), password, OfflineDatabase.ACTOR)));
    }

    @Override
    public List<Shown> list() {
        return users.users().stream().map(DatabaseUserDesk::shown).toList();
    }

    @Override
    public Shown change(String name, Change change) {
        var role = change.role();
        return shown(
                attempt(() ->
                        commands.change(
                                name,
                                new UserService.Change(
                                        role == null ? null : Role.require(role),
                                        change.disabled(),
                                        change.password()),
                                OfflineDatabase.ACTOR)));
    }

    @Override
    public void delete(String name) {
        attempt(() -> {
            commands.delete(name, OfflineDatabase.ACTOR);
            return name;
        });
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
