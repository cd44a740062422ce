package org.dlora.cluster.requests;

/**
 * Bounds of what waits in all replicas.
 *
 * @param requests without a first token, while no team is below its part
 * @param bytes of the heap that they hold
 */
public record QueueLimits(int requests, long bytes) {
    private static final int PARTS_OF_THE_HEAP = 8;

    public QueueLimits {
        if (requests < 1 || bytes < 1) {
            throw new IllegalArgumentException(
                    "A queue takes at least 1 request and 1 byte, given were %d and %d"
                            .formatted(requests, bytes));
        }
    }

    /** Returns bounds with an eighth of the heap. */
    public static QueueLimits of(int requests) {
        return new QueueLimits(requests, Runtime.getRuntime().maxMemory() / PARTS_OF_THE_HEAP);
    }
}
