package org.dlora.cluster.samples;

import java.util.Locale;

/** Activity of a replica during a second. */
public enum SampleState {
    /** The replica did not serve. */
    AWAY,
    /** The replica served, and no step ended. */
    IDLE,
    /** Most of the steps' time was in the base model's weights. */
    UNMERGED,
    /** Most of the steps' time was in one adapter's merged weights, for that adapter's rows. */
    MERGED,
    /** Most of the steps' time was in one adapter's merged weights, with rows of others beside. */
    MIXED;

    /** Returns the state in lower case. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
