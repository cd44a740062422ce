package org.dlora.cluster.migration;

/** Cause of the move of a request. */
public enum MoveCause {
    /** An administrator. */
    BY_HAND("by hand"),
    /** The demo traffic of the console. */
    DEMO("demo traffic"),
    /** A rebalancing plan. */
    PLAN("rebalancing plan"),
    /** The drain of its replica. */
    DRAIN("drain"),
    /** The move of its adapter to another memory. */
    ADAPTER("move of its adapter");

    private final String words;

    MoveCause(String words) {
        this.words = words;
    }

    /** Returns the cause in words, as tables have it. */
    public String words() {
        return words;
    }
}
