package org.dlora.store.keys;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.dlora.cluster.facts.StoreUnavailableException;
import org.dlora.security.AccessUnavailableException;
import org.dlora.security.ApiKey;
import org.dlora.security.KeyStore;
import org.dlora.security.Team;
import org.dlora.store.Database;

/** Keys and teams in the database. */
public final class DatabaseKeys implements KeyStore {
    /** Longest wait for a database that is being opened for the first time. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Database database;

    public DatabaseKeys(Database database) {
        this.database = database;
    }

    @Override
    public <T> T alone(Supplier<T> change) {
        return with(tables -> tables.alone(change));
    }

    @Override
    public Content read() {
        return with(KeyTables::read);
    }

    @Override
    public void write(List<ApiKey> keys) {
        run(tables -> tables.write(keys));
    }

    @Override
    public void deleteKeys(Set<String> ids) {
        run(tables -> tables.deleteKeys(ids));
    }

    @Override
    public void write(Team team) {
        run(tables -> tables.write(team));
    }

    @Override
    public void deleteTeam(String name) {
        run(tables -> tables.deleteTeam(name));
    }

    @Override
    public void used(Map<String, Instant> times) {
        run(tables -> tables.used(times));
    }

    private void run(Consumer<KeyTables> work) {
        var _ =
                with(tables -> {
                    work.accept(tables);
                    return true;
                });
    }

    private <T> T with(Function<KeyTables, T> work) {
        try {
            database.awaitOpened(PATIENCE);
            return database.with(KeyTables.class, work);
        } catch (StoreUnavailableException e) {
            throw new AccessUnavailableException(String.valueOf(e.getMessage()), e);
        }
    }
}
