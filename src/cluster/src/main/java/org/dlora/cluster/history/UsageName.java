package org.dlora.cluster.history;

/** What usage is summed by. */
public enum UsageName {
    ADAPTER,
    /** Id of the client's key. */
    KEY,
    TEAM
}
