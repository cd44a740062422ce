package org.dlora.app.device;

/** Memory of this Java process beside its heap and its devices. */
final class ProcessMemory {
    /**
     * Bytes of a warm server beside heap and device memory: code, metadata, threads, buffers of
     * connections. The JVM has no limit for them.
     */
    private static final long OVERHEAD = 192L << 20;

    /** Bytes of heap for which the garbage collector keeps one byte of its own. */
    private static final int HEAP_PER_COLLECTOR_BYTE = 32;

    /** Bytes that the kernels in C keep for each thread that computes. */
    private static final long KERNEL_BYTES = 4L << 20;

    private ProcessMemory() {}

    /**
     * Returns the bytes that the JVM takes beside heap and device memory, as an estimate.
     *
     * @param heap bytes that the heap may grow to
     * @param threads threads that compute
     */
    static long overhead(long heap, int threads) {
        return OVERHEAD + heap / HEAP_PER_COLLECTOR_BYTE + threads * KERNEL_BYTES;
    }
}
