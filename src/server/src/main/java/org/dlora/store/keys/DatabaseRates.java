package org.dlora.store.keys;

import java.util.List;
import java.util.function.Function;
import org.dlora.cluster.facts.StoreUnavailableException;
import org.dlora.security.limits.SharedRates;
import org.dlora.security.limits.UsageUnavailableException;
import org.dlora.store.Database;

/** Rates that servers on one database share. */
public final class DatabaseRates implements SharedRates {
    /** Buckets of a call that another server may make at the same time. */
    private static final int MOST_CONFLICTS = 4;

    private final Database database;

    public DatabaseRates(Database database) {
        this.database = database;
    }

    @Override
    public Answer take(List<Claim> claims) {
        return with(tables -> tables.take(claims));
    }

    @Override
    public void giveBack(List<Claim> claims) {
        var _ =
                with(tables -> {
                    tables.giveBack(claims);
                    return claims;
                });
    }

    private <T> T with(Function<SharedRateTables, T> work) {
        for (int conflicts = 0; ; conflicts++) {
            try {
                return database.with(SharedRateTables.class, work);
            } catch (StoreUnavailableException e) {
                throw new UsageUnavailableException(String.valueOf(e.getMessage()), e);
            } catch (RuntimeException e) {
                // Another server has made a bucket at the same time; it is there the next time.
                if (conflicts == MOST_CONFLICTS) {
                    throw e;
                }
            }
        }
    }
}
