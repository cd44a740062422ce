package org.dlora.store.keys;

import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.dlora.cluster.facts.StoreUnavailableException;
import org.dlora.security.limits.UsageStore;
import org.dlora.security.limits.UsageUnavailableException;
import org.dlora.store.Database;

/** Used tokens of keys and teams in the database, as one run of a server counts them. */
public final class DatabaseUsage implements UsageStore {
    private final Database database;
    private final String run = UUID.randomUUID().toString().replace("-", "");

    public DatabaseUsage(Database database) {
        this.database = database;
    }

    @Override
    public void write(List<Row> rows) {
        var _ =
                with(tables -> {
                    tables.write(run, rows);
                    return rows;
                });
    }

    @Override
    public List<Row> read(LocalDate since) {
        return with(tables -> tables.read(run, since));
    }

    @Override
    public void forget(LocalDate before) {
        var _ =
                with(tables -> {
                    tables.forget(before);
                    return before;
                });
    }

    private <T> T with(Function<TokenUsageTables, T> work) {
        try {
            return database.with(TokenUsageTables.class, work);
        } catch (StoreUnavailableException e) {
            throw new UsageUnavailableException(String.valueOf(e.getMessage()), e);
        }
    }
}
