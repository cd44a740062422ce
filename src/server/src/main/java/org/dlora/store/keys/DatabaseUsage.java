package org.dlora.store.keys;

import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.dlora.cluster.facts.StoreUnavailableException;
import org.dlora.security.limits.UsageStore;
import org.dlora.security.limits.UsageUnavailableException;
import org.dlora.store.Database;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Used tokens of keys and teams in the database, as one run of a server counts them. Where servers
 * share the database, each notes once a day that it runs: a run that has not done so for {@value
 * #SILENT_DAYS} days has ended. Elsewhere all other runs have.
 */
public final class DatabaseUsage implements UsageStore {
    private static final Logger log = LoggerFactory.getLogger(DatabaseUsage.class);
    private static final int SILENT_DAYS = 7;

    /** After each day that SQL knows. */
    private static final LocalDate END_OF_TIME = LocalDate.of(9999, 12, 31);

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

    @Override
    public void merge(LocalDate today) {
        if (database.isShared()) {
            var _ =
                    with(tables -> {
                        tables.seen(run, today);
                        return today;
                    });
        }
        var since = database.isShared() ? today.minusDays(SILENT_DAYS) : END_OF_TIME;
        var ended = with(tables -> tables.ended(run, since));
        if (ended.isEmpty()) {
            return;
        }
        // A day is a transaction, so that none is long.
        for (var day : with(tables -> tables.days(ended))) {
            int merged = with(tables -> tables.merge(ended, day));
            log.debug("Merged {} rows of used tokens of {}", merged, day);
        }
    }

    private <T> T with(Function<TokenUsageTables, T> work) {
        try {
            return database.with(TokenUsageTables.class, work);
        } catch (StoreUnavailableException e) {
            throw new UsageUnavailableException(String.valueOf(e.getMessage()), e);
        }
    }
}
