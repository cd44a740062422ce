package org.dlora.catalogue.history;

/** Name by which usage is summed. */
public enum UsageName {
    ADAPTER,
    /** Id of the client's key. */
    KEY,
    TEAM
}
