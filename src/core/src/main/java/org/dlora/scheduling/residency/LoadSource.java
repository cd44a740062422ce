package org.dlora.scheduling.residency;

/** A source that an adapter can be loaded from. */
public enum LoadSource {
    /** The adapter's own files, which are validated where they changed, converted and packed. */
    FILE,
    /** A file of packed bytes. */
    PACKED,
    /** Another memory where the adapter is resident. */
    MEMORY
}
