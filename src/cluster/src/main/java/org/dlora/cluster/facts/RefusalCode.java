package org.dlora.cluster.facts;

/** Reason why a request was refused before a replica took it. */
public enum RefusalCode {
    /** Too many requests were waiting, or their constraints took too much memory. */
    QUEUE_FULL,
    /** No served adapter had that name, or not any more. */
    UNKNOWN_ADAPTER,
    /** The request can never be served: its prompt is too long, or its id is in use. */
    INVALID,
    /** No replica took requests. */
    UNAVAILABLE,
    /** The server has a defect; its log says more. */
    DEFECT
}
