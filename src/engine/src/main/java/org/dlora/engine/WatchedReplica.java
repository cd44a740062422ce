package org.dlora.engine;

/**
 * A replica with the signs by which its failure is noticed. A replica that serves no more without
 * having been closed has ended by a defect.
 */
public interface WatchedReplica extends ReplicaRef {

    /** Returns the last sign of life of its thread. */
    Heartbeat heartbeat();

    /** Returns the processor time of its thread in seconds; NaN if it is unknown. */
    double processorSeconds();

    /** Returns the frames of its thread, one a line; empty if it has ended. */
    String stackTrace();

    /** Returns the device bytes that its KV cache takes. */
    long bytes();

    /**
     * Runs real steps until they are fast, for some seconds at most. To be called before requests.
     *
     * @param goOn called between steps; what it throws ends the warm-up
     * @throws java.util.concurrent.CancellationException if {@code goOn} throws one
     * @throws java.util.concurrent.CompletionException if a step fails
     */
    void warmUp(Runnable goOn);
}
