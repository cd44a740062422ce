package org.dlora.adapter.weights;

/** Pace of an upload, which slows it down so that running requests keep theirs. */
@FunctionalInterface
public interface UploadPace {
    /** Pace without a limit. */
    UploadPace FULL = _ -> {};

    /** Reports {@code bytes} more that were packed or read; returns when the upload may go on. */
    void advanced(long bytes);

    /** Ends a rest in {@link #advanced}, and lets no other begin. Any thread may call it. */
    default void end() {}
}
