package org.dlora.catalogue.replay;

import java.util.Locale;

/** Result of the comparison of a request with its replay. */
public enum ReplayVerdict {
    /** All tokens are the same. */
    IDENTICAL,
    /** The request ran merged, and the first different tokens are as likely within its noise. */
    WITHIN_NOISE,
    /** A token differs. */
    DIFFERENT,
    /** The stored request contradicts itself: the row was changed after it was written. */
    ALTERED;

    /** Returns its word in snake case. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
