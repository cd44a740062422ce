package org.dlora.catalogue.history;

import java.time.temporal.ChronoUnit;

/**
 * Time that usage is summed over, in UTC. Sums by the day are fewer, so long spans are read sooner.
 */
public enum UsageUnit {
    HOUR(ChronoUnit.HOURS),
    DAY(ChronoUnit.DAYS);

    private final ChronoUnit length;

    UsageUnit(ChronoUnit length) {
        this.length = length;
    }

    /** Returns the length of the unit: one hour or one day. */
    public ChronoUnit length() {
        return length;
    }
}
