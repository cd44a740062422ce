package org.dlora.replica;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.dlora.replica.WeightReport.EndedBuild;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.Mode;
import org.jspecify.annotations.Nullable;

/**
 * The weights of a simulated replica: which adapters are merged, and how far a build is. As on a
 * device, a build that begins writes over copies that are not in effect.
 */
final class SimulatedWeights {
    private final CostModel costs;
    private final Map<String, LoraFacts> adapters = new HashMap<>();
    private final Set<String> ready = new HashSet<>();
    private Mode mode = Mode.unmerged();
    private long memory = Long.MAX_VALUE;
    private @Nullable String building;
    private double spent;
    private @Nullable EndedBuild ended;

    /**
     * @param costs say how long a build takes
     */
    SimulatedWeights(CostModel costs) {
        this.costs = costs;
    }

    void load(String adapter, LoraFacts lora) {
        adapters.put(adapter, lora);
    }

    /** Sets the bytes that all copies may take together. */
    void limit(long bytes) {
        memory = bytes;
    }

    /**
     * Puts the weights of a step into effect.
     *
     * @throws IllegalStateException if they are not ready
     */
    void enter(Mode wanted) {
        if (wanted instanceof Mode.Merged(var adapter) && !ready.contains(adapter)) {
            throw new IllegalStateException(wanted + " is not ready");
        }
        mode = wanted;
    }

    /**
     * Goes on building the merged weights of {@code target}, or ends a build if the target is
     * unmerged.
     *
     * @param seconds to spend at most
     * @return seconds that it took
     */
    double build(Mode target, double seconds) {
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
        if (bytes(inEffect()) + lora(adapter).mergeBytes() > memory) {
            mode = Mode.unmerged();
        }
        ready.removeIf(inEffect().negate());
        building = adapter;
        spent = 0;
    }

    private void end(String adapter, MergeOutcome outcome) {
        ended = new EndedBuild(adapter, outcome, spent, "");
        building = null;
    }

    private double whole(String adapter) {
        return costs.merge(lora(adapter));
    }

    private LoraFacts lora(String adapter) {
        return adapters.getOrDefault(adapter, LoraFacts.NONE);
    }

    private Predicate<String> inEffect() {
        return adapter -> mode.isMerged(AdapterRef.of(adapter));
    }

    private long bytes(Predicate<String> which) {
        return ready.stream().filter(which).mapToLong(one -> lora(one).mergeBytes()).sum();
    }

    /** Gives back copies; {@code all} gives back those in effect too. */
    void release(boolean all) {
        if (all) {
            mode = Mode.unmerged();
        }
        ready.removeIf(inEffect().negate());
        if (all && building != null) {
            end(building, MergeOutcome.DROPPED);
        }
    }

    /** Forgets an adapter that is unloaded. */
    void forget(String adapter) {
        if (adapter.equals(building)) {
            end(adapter, MergeOutcome.DROPPED);
        }
        if (inEffect().test(adapter)) {
            mode = Mode.unmerged();
        }
        ready.remove(adapter);
        adapters.remove(adapter);
    }

    /** Returns the state of the weights, with the build that has ended since the last report. */
    WeightReport report() {
        var build =
                building == null
                        ? null
                        : new MergeView.Build(
                                building, Math.min(spent / whole(building), Math.nextDown(1.0)));
        var last = ended;
        ended = null;
        return new WeightReport(mode, ready, build, memory, bytes(_ -> true), last);
    }
}
