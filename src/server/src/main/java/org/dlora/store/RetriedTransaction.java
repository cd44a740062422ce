package org.dlora.store;

import java.util.function.Supplier;
import org.dlora.cluster.facts.StoreUnavailableException;

/**
 * Transaction that is run again where that of another server was in its way: the database had it
 * wait in a circle, or the other has changed what it had read.
 */
public final class RetriedTransaction {
    private static final int MOST = 10;

    private RetriedTransaction() {}

    /**
     * Returns the result of a transaction.
     *
     * @param transaction begins anew with each call
     * @throws StoreUnavailableException if others were in its way each time
     */
    public static <T> T run(Supplier<T> transaction) {
        for (int runs = 1; ; runs++) {
            try {
                return transaction.get();
            } catch (RuntimeException e) {
                if (!SqlProblem.isConflict(e)) {
                    throw e;
                }
                if (runs == MOST) {
                    throw new StoreUnavailableException(
                            "Other servers change the same rows all the time; try again", e);
                }
            }
        }
    }
}
