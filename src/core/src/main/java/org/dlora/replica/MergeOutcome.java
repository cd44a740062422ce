package org.dlora.replica;

/** Outcome of a build of merged weights. */
public enum MergeOutcome {
    READY,
    /** Another target was planned before they were ready. Weights that are ready are kept. */
    DROPPED,
    FAILED,
    /** There was no memory for their copies. */
    REFUSED
}
