package org.dlora.security.limits;

import java.time.LocalDate;
import java.util.List;

/**
 * Store of used tokens. Each run of a server has counts of its own. Each call blocks and is one
 * transaction; it throws {@link UsageUnavailableException} if the database is away. Thread-safe.
 */
public interface UsageStore {
    /** Keeps nothing. */
    UsageStore NONE =
            new UsageStore() {
                @Override
                public void write(List<Row> rows) {}

                @Override
                public List<Row> read(LocalDate since) {
                    return List.of();
                }

                @Override
                public void forget(LocalDate before) {}

                @Override
                public void merge(LocalDate today) {}
            };

    /**
     * Usage of one owner on a day in one run.
     *
     * @param owner {@code key:} or {@code team:}, and its id or name
     * @param day by UTC
     */
    record Row(String owner, LocalDate day, UsageCount count) {}

    /** Writes counts of this run, in place of smaller ones that it has written before. */
    void write(List<Row> rows);

    /** Returns the usage of other runs since a day. */
    List<Row> read(LocalDate since);

    /** Removes counts of days before one. */
    void forget(LocalDate before);

    /**
     * Merges the counts of runs that have ended, so that their number does not grow with each
     * start. The sums stay. To be called on each day of a run.
     */
    void merge(LocalDate today);
}
