package org.dlora.store.keys;

import java.util.List;
import java.util.function.Function;
import org.dlora.cluster.facts.StoreUnavailableException;
import org.dlora.security.limits.SharedRates;
import org.dlora.security.limits.UsageUnavailableException;
import org.dlora.store.Database;

/** Rates that servers on one database share. */
public final class DatabaseRates implements SharedRates {
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
        try {
            return database.with(SharedRateTables.class, work);
        } catch (StoreUnavailableException e) {
            throw new UsageUnavailableException(String.valueOf(e.getMessage()), e);
        }
    }
}
