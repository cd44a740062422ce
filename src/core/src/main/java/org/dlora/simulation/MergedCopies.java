package org.dlora.simulation;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.dlora.replica.MergeOutcome;
import org.dlora.replica.WeightReport;
import org.dlora.replica.WeightReport.EndedBuild;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.Mode;
import org.jspecify.annotations.Nullable;

/**
 * The merged weights of a virtual device: which adapters are merged, and how far a build is. As on
 * a device, a build that begins writes over the copies that are not in effect.
 */
public final class MergedCopies {
    private final CostModel costs;
    private final Function<String, LoraFacts> adapters;
    private final LongSupplier memory;
    private final Set<String> ready = new HashSet<>();
    private Mode mode = Mode.unmerged();
    private @Nullable String building;
    private double spent;
    private @Nullable EndedBuild ended;

    /**
     * Begins unmerged.
     *
     * @param costs say how long a build takes
     * @param adapters gives the sizes of an adapter by its id
     * @param memory bytes that all copies may take together
     */
    public MergedCopies(
            CostModel costs, Function<String, LoraFacts> adapters, LongSupplier memory) {
        this.costs = costs;
        this.adapters = adapters;
        this.memory = memory;
    }

    /**
     * Puts the weights of a step into effect.
     *
     * @throws IllegalStateException if they are not ready
     */
    public void enter(Mode wanted) {
        if (wanted instanceof Mode.Merged(var adapter) && !ready.contains(adapter)) {
            throw new IllegalStateException(wanted + " is not ready");
        }
        mode = wanted;
    }

    /**
     * Continues the build of {@code target}, or ends a build if the target is unmerged.
     *
     * @param seconds to spend at most
     * @return seconds that it took
     */
    public double build(Mode target, double seconds) {
        var wanted = target instanceof Mode.Merged(var adapter) ? adapter : null;
        if (building != null && !building.equals(wanted)) {
            end(building, MergeOutcome.DROPPED);
        }
        if (wanted == null || ready.contains(wanted)) {
            return 0;
        }
        if (building == null) {
            begin(wanted);
        }
        double whole = whole(wanted);
        double slice = Math.min(seconds, whole - spent);
        spent += slice;
        if (spent >= whole * (1 - 1e-9)) {
            end(wanted, MergeOutcome.READY);
            ready.add(wanted);
        }
        return slice;
    }

    private void begin(String adapter) {
        if (bytes(mode::isMerged) + bytes(adapter) > memory.getAsLong()) {
            mode = Mode.unmerged();
        }
        ready.removeIf(copy -> !mode.isMerged(copy));
        building = adapter;
        spent = 0;
    }

    private void end(String adapter, MergeOutcome outcome) {
        ended = new EndedBuild(adapter, outcome, spent, "");
        building = null;
    }

    private double whole(String adapter) {
        return costs.merge(adapters.apply(adapter));
    }

    private long bytes(String adapter) {
        return adapters.apply(adapter).mergeBytes();
    }

    private long bytes(Predicate<String> which) {
        return ready.stream().filter(which).mapToLong(this::bytes).sum();
    }

    /** Gives back copies; {@code all} gives back those in effect too. */
    public void release(boolean all) {
        if (all) {
            mode = Mode.unmerged();
        }
        ready.removeIf(copy -> !mode.isMerged(copy));
        if (all && building != null) {
            end(building, MergeOutcome.DROPPED);
        }
    }

    /** Forgets an adapter that has left the device. */
    public void forget(String adapter) {
        if (adapter.equals(building)) {
            end(adapter, MergeOutcome.DROPPED);
        }
        if (mode.isMerged(adapter)) {
            mode = Mode.unmerged();
        }
        ready.remove(adapter);
    }

    /** Returns the state of the weights, with the build that has ended since the last report. */
    public WeightReport report() {
        var build =
                building == null
                        ? null
                        : new MergeView.Build(
                                building, Math.min(spent / whole(building), Math.nextDown(1.0)));
        var last = ended;
        ended = null;
        return new WeightReport(
                mode, ready, build, memory.getAsLong(), bytes(_ -> true), 0, 0, 0, last);
    }
}
