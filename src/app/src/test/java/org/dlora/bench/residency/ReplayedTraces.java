package org.dlora.bench.residency;

import java.util.Arrays;
import java.util.stream.IntStream;

/** Traces written down in a test; a request comes each second. */
final class ReplayedTraces {
    private ReplayedTraces() {}

    /** Returns a trace of adapters of one byte each. */
    static AdapterTrace equal(int budget, int... requests) {
        var bytes = new long[Arrays.stream(requests).max().orElseThrow() + 1];
        Arrays.fill(bytes, 1);
        return sized(budget, bytes, requests);
    }

    static AdapterTrace sized(long budget, long[] bytes, int... requests) {
        var times = IntStream.range(0, requests.length).asDoubleStream().toArray();
        return new AdapterTrace(requests, times, bytes, budget);
    }
}
