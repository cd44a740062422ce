package org.dlora.scheduling.placement;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes of the copies. Those of {@code give} come first, as copies may need their memory.
 *
 * @param give copies that are given back
 * @param copy copies that are made
 * @param onDemand adapters in demand for which there is no room; each with its reason
 * @param toleranceBefore burst tolerance in bytes, over the adapters that have a copy after the
 *     plan; 0 if one of them had none. Infinite if no adapter counts
 * @param toleranceAfter burst tolerance in bytes once the plan is carried out, over the same ones
 */
public record PlacementPlan(
        List<GiveBack> give,
        List<Copy> copy,
        List<OnDemand> onDemand,
        double toleranceBefore,
        double toleranceAfter) {

    /**
     * A copy that is given back.
     *
     * @param why a sentence without a full stop
     */
    public record GiveBack(String adapter, String memory, String why) {}

    /**
     * A copy that is made.
     *
     * @param memory that gets it
     * @param source memory that has a copy and keeps it; null for the disk
     * @param seconds predicted
     * @param why a sentence without a full stop
     */
    public record Copy(
            String adapter, String memory, @Nullable String source, double seconds, String why) {}

    /**
     * An adapter that is loaded only when requests wait for it.
     *
     * @param why a sentence without a full stop
     */
    public record OnDemand(String adapter, String why) {}

    public PlacementPlan {
        give = List.copyOf(give);
        copy = List.copyOf(copy);
        onDemand = List.copyOf(onDemand);
    }

    /** Returns whether nothing changes. */
    public boolean isEmpty() {
        return give.isEmpty() && copy.isEmpty();
    }
}
