package org.dlora.bench.residency;

/**
 * Requests for adapters, and the memory that serves them.
 *
 * @param requests the adapter of each request, in the order of arrival
 * @param times arrival of each request, in seconds
 * @param bytes of each adapter
 * @param budget bytes that all resident adapters may take together
 */
public record AdapterTrace(int[] requests, double[] times, long[] bytes, long budget) {
    public AdapterTrace {
        if (requests.length != times.length) {
            throw new IllegalArgumentException(
                    "%d requests arrive at %d times".formatted(requests.length, times.length));
        }
    }

    /** Returns the bytes of the adapter of request {@code i}. */
    long bytesOf(int i) {
        return bytes[requests[i]];
    }
}
