package org.dlora.cluster.supervision;

/**
 * The room for an incarnation beside a failed one whose thread has not returned. What is booked for
 * the replica belongs to the new incarnation then, and this books what the failed one still holds.
 */
@FunctionalInterface
public interface RestartRoom {
    /**
     * Books the memory of a failed incarnation.
     *
     * @param bytes of its KV cache. Its copies of merged weights stay booked until they are freed
     * @return closed once its memory is free
     * @throws org.dlora.device.MemoryFullException if there is no room for both
     */
    Runnable book(long bytes);
}
