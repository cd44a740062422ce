package org.dlora.device.cpu;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Finds the highest rate of a loop: rounds on all members at once, the best of them counts, as a
 * limit is what the machine gives when nothing disturbs it.
 */
final class LimitMeter {
    private static final long MEASURED_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** The first rounds are the compiler's. */
    private static final long WARM_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private static final double NANOS = 1e9;

    private LimitMeter() {}

    /** Amount of {@code loop} per second on {@code threads} threads, the caller's included. */
    static double perSecond(int threads, LimitLoop loop) {
        try (var team = new Team("dlora-limits", threads)) {
            long start = System.nanoTime();
            while (System.nanoTime() - start < WARM_NANOS) {
                round(team, loop);
            }
            double best = 0;
            while (System.nanoTime() - start < WARM_NANOS + MEASURED_NANOS) {
                best = Math.max(best, round(team, loop));
            }
            return best;
        }
    }

    private static double round(Team team, LimitLoop loop) {
        var amounts = new double[team.size()];
        long start = System.nanoTime();
        team.split(team.size(), team.size(), (member, _, _) -> amounts[member] = loop.run(member));
        return Arrays.stream(amounts).sum() * NANOS / (System.nanoTime() - start);
    }
}
