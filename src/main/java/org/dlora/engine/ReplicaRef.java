package org.dlora.engine;

/**
 * A replica as others address it: messages in, events out. Thread-safe, and no call waits for a
 * step but {@link #close}.
 */
public interface ReplicaRef extends AutoCloseable {

    /** Its name in metrics and logs. */
    String id();

    /**
     * Starts a sequence. Its events arrive at {@code listener} on the replica's thread.
     *
     * @throws IllegalArgumentException if the request can never be served: unknown adapter, too
     *     long a prompt, a token id out of range
     * @throws IllegalStateException if the replica is closed
     */
    void submit(GenerationRequest request, GenerationListener listener);

    /** Ends a request within a step; nothing happens if it has ended already. */
    void cancel(String requestId);

    /** The load at the last step, with what was submitted since as waiting. */
    ReplicaLoad load();

    /** Whether it takes requests. */
    boolean isServing();

    /** Fails what is unfinished and frees everything. */
    @Override
    void close();
}
