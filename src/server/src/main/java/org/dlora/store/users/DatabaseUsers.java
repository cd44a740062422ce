package org.dlora.store.users;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.dlora.cluster.facts.StoreUnavailableException;
import org.dlora.security.AccessUnavailableException;
import org.dlora.security.users.ConsoleUser;
import org.dlora.security.users.UserStore;
import org.dlora.store.Database;
import org.dlora.store.RetriedTransaction;

/** Users of the console in the database. */
public final class DatabaseUsers implements UserStore {
    /** Longest wait for a database that is being opened for the first time. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Database database;

    public DatabaseUsers(Database database) {
        this.database = database;
    }

    @Override
    public List<ConsoleUser> read() {
        return with(UserTables::read);
    }

    @Override
    public ConsoleUser write(Function<List<ConsoleUser>, ConsoleUser> change) {
        return changed(tables -> tables.write(change));
    }

    @Override
    public void delete(String name, Consumer<List<ConsoleUser>> check) {
        var _ =
                changed(tables -> {
                    tables.delete(name, check);
                    return true;
                });
    }

    @Override
    public void signedIn(String name, Instant at) {
        run(tables -> tables.signedIn(name, at));
    }

    @Override
    public void failed(String name) {
        run(tables -> tables.failed(name));
    }

    private void run(Consumer<UserTables> work) {
        var _ =
                with(tables -> {
                    work.accept(tables);
                    return true;
                });
    }

    /** Makes a change; one that meets another server's is made again, given the users then. */
    private <T> T changed(Function<UserTables, T> change) {
        try {
            database.awaitOpened(PATIENCE);
            return RetriedTransaction.run(() -> database.with(UserTables.class, change));
        } catch (StoreUnavailableException e) {
            throw new AccessUnavailableException(String.valueOf(e.getMessage()), e);
        }
    }

    private <T> T with(Function<UserTables, T> work) {
        try {
            database.awaitOpened(PATIENCE);
            return database.with(UserTables.class, work);
        } catch (StoreUnavailableException e) {
            throw new AccessUnavailableException(String.valueOf(e.getMessage()), e);
        }
    }
}
