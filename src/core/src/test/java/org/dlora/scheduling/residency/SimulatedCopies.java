package org.dlora.scheduling.residency;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.dlora.scheduling.residency.CopyStanding.Want;

/**
 * The copies of merged weights of one replica in a {@link SimulatedMemory}. At random times it
 * merges another adapter, unmerges, or frees what it keeps.
 */
final class SimulatedCopies {
    int grants;
    int refusals;
    int releases;
    int unmergings;

    /** Time of the next change. */
    double next;

    private final Random random;
    private final int largest;
    private final double rest;
    private long used;
    private long idle;
    private double rebuildSeconds;
    private double since = Double.NEGATIVE_INFINITY;
    private double takenAt = Double.NEGATIVE_INFINITY;
    private ArrivalRate demand = ArrivalRate.NONE;
    private Want want = Want.NONE;

    /** A question for memory: whether {@code bytes} more are granted to a replica. */
    @FunctionalInterface
    interface Memory {
        boolean grant(long bytes, double takenAt);
    }

    /**
     * @param largest bytes of the copies of one adapter at most
     * @param rest seconds without grants after copies were taken
     */
    SimulatedCopies(long seed, int largest, double rest) {
        random = new Random(seed);
        this.largest = largest;
        this.rest = rest;
    }

    long bytes() {
        return used + idle;
    }

    /** Makes the change that is due. */
    void change(double now, int requests, double halfLife, Memory memory) {
        switch (random.nextInt(5)) {
            case 0 -> {
                idle += used;
                used = 0;
            }
            case 1 -> idle = 0;
            default -> merge(1L + random.nextInt(largest), now, memory);
        }
        demand = demand.arrived(1, requests, halfLife);
        next = now + random.nextDouble(2);
    }

    private void merge(long bytes, double now, Memory memory) {
        double seconds = random.nextDouble();
        long more = Math.max(0, bytes - idle);
        if (more > 0 && !memory.grant(more, takenAt)) {
            refusals++;
            want = new Want("hot", more, seconds);
            return;
        }
        assertThat(more == 0 || now >= takenAt + rest).isTrue();
        grants++;
        want = Want.NONE;
        idle = used + Math.max(0, idle - bytes);
        used = bytes;
        rebuildSeconds = seconds;
        since = now;
    }

    void release(CopyTarget target, double now) {
        assertThat(target.replica()).isEqualTo("0");
        releases++;
        idle = 0;
        if (target.all()) {
            unmergings++;
            used = 0;
        }
        takenAt = now;
        want = Want.NONE;
    }

    CopyStanding standing(int requests, double halfLife) {
        return new CopyStanding(
                "0",
                idle,
                used,
                0,
                rebuildSeconds,
                since,
                demand.perUnit(requests, halfLife),
                want);
    }
}
