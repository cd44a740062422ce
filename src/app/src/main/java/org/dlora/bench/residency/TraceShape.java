package org.dlora.bench.residency;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.dlora.workload.Arrivals;
import org.dlora.workload.Popularity;

/**
 * A trace as distributions.
 *
 * @param adapters number of adapters
 * @param resident adapters of mean size that fit into the memory
 * @param zipf exponent of the popularity
 * @param requests number of requests
 * @param rate arrivals per second
 * @param drift requests after which the adapters change their places in the popularity; 0 = never
 * @param sizes of adapters in bytes, each as frequent as the others
 */
public record TraceShape(
        int adapters,
        int resident,
        double zipf,
        int requests,
        double rate,
        int drift,
        List<Long> sizes) {
    public TraceShape {
        sizes = List.copyOf(sizes);
        if (adapters < 1 || resident < 1 || requests < 1 || drift < 0 || !(rate > 0)) {
            throw new IllegalArgumentException(
                    "%d adapters, %d resident, %d requests, %s per second, a drift every %d: expected at least 1 of each, and 0 for no drift"
                            .formatted(adapters, resident, requests, rate, drift));
        }
        if (sizes.isEmpty() || sizes.stream().anyMatch(size -> size < 1)) {
            throw new IllegalArgumentException(
                    "the sizes are %s: expected at least one, and all above 0".formatted(sizes));
        }
    }

    /** Returns a trace of this shape. The same seed gives the same trace. */
    public AdapterTrace trace(long seed) {
        var random = new Random(seed);
        var popularity = Popularity.zipf(adapters, zipf);
        var arrivals = Arrivals.poisson(rate, random);
        long[] bytes =
                IntStream.range(0, adapters)
                        .mapToLong(_ -> sizes.get(random.nextInt(sizes.size())))
                        .toArray();
        int[] ranked = IntStream.range(0, adapters).toArray();
        shuffle(ranked, random);
        int[] drawn = new int[requests];
        double[] times = new double[requests];
        for (int i = 0; i < requests; i++) {
            if (drift > 0 && i > 0 && i % drift == 0) {
                shuffle(ranked, random);
            }
            drawn[i] = ranked[popularity.next(random)];
            times[i] = arrivals.next();
        }
        long budget = Math.round(resident * Arrays.stream(bytes).average().orElseThrow());
        return new AdapterTrace(drawn, times, bytes, budget);
    }

    private static void shuffle(int[] values, Random random) {
        for (int i = values.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int value = values[i];
            values[i] = values[j];
            values[j] = value;
        }
    }
}
