package org.dlora.store.history;

import java.time.Duration;

/**
 * Settings of the history.
 *
 * @param enabled whether requests and changes are kept
 * @param storeText whether prompts and answers are kept too
 * @param queue rows that may wait for the database; later ones are dropped and counted
 * @param queueBytes bytes of memory that these rows may take; later ones are dropped too
 * @param keep time that requests and changes are kept
 * @param maxRows requests, and changes, that are kept at most
 * @param keepAudit time that the audit and the sums of usage are kept
 */
public record HistorySettings(
        boolean enabled,
        boolean storeText,
        int queue,
        long queueBytes,
        Duration keep,
        long maxRows,
        Duration keepAudit) {
    /** The settings by default. */
    public static final HistorySettings DEFAULT =
            new HistorySettings(
                    true,
                    false,
                    10_000,
                    64L << 20,
                    Duration.ofDays(30),
                    1_000_000,
                    Duration.ofDays(365));
}
