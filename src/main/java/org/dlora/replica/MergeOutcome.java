package org.dlora.replica;

/** What became of merged weights that were begun. */
public enum MergeOutcome {
    READY,
    /** Something else was wanted before they were ready; those that are ready are kept. */
    DROPPED,
    FAILED
}
