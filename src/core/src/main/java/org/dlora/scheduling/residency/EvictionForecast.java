package org.dlora.scheduling.residency;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Order in which {@link CostAwareResidency} takes adapters out of a memory, as it is now. A load
 * that needs less than the first of them have may leave the worthiest of these resident. A plan for
 * an invented load would depend on its size; the order is what plans of all loads share.
 */
public final class EvictionForecast {
    private EvictionForecast() {}

    /**
     * An adapter that could give up its memory.
     *
     * @param adapter its id
     * @param demand expected share of the next requests
     * @param loadSeconds predicted time to load it again
     * @param turn when it can be taken
     */
    public record Candidate(
            String adapter, long bytes, double demand, double loadSeconds, Turn turn) {
        /** Returns the expected load seconds for each byte, by which the order is. */
        public double value() {
            return demand * loadSeconds / bytes;
        }
    }

    /** Turn at which an adapter can be evicted. */
    public enum Turn {
        /** Evicted for each load that lacks memory. */
        IDLE,
        /** Evicted for overdue requests only, as it became resident less than its load time ago. */
        FRESH,
        /** Evicted for overdue requests only, once its own requests have ended. */
        IN_USE
    }

    /** Returns the adapters of a memory that may leave it, those that go first first. */
    public static List<Candidate> of(ResidencySnapshot snapshot) {
        var order = new ArrayList<Candidate>();
        Predicate<AdapterStanding> isFresh = one -> EvictionPool.isFresh(one, snapshot.now());
        add(order, snapshot, Turn.IDLE, isFresh.negate().and(ResidencyDraft::isIdle));
        add(order, snapshot, Turn.FRESH, isFresh.and(ResidencyDraft::isIdle));
        add(order, snapshot, Turn.IN_USE, ResidencyDraft::isInUse);
        return order;
    }

    private static void add(
            List<Candidate> order,
            ResidencySnapshot snapshot,
            Turn turn,
            Predicate<AdapterStanding> condition) {
        snapshot.adapters().stream()
                .filter(condition)
                .sorted(EvictionRule.BY_VALUE)
                .map(one ->
                        new Candidate(one.id(), one.bytes(), one.demand(), one.loadSeconds(), turn))
                .forEach(order::add);
    }
}
