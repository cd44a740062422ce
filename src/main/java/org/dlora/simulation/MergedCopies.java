package org.dlora.simulation;

import java.util.HashSet;
import java.util.Set;
import org.dlora.replica.MergeOutcome;
import org.dlora.replica.WeightReport;
import org.dlora.replica.WeightReport.EndedBuild;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.Mode;
import org.jspecify.annotations.Nullable;

/**
 * The merged weights of a virtual device: which adapters are merged, and how far a build is. As on
 * a device, a build that begins writes over the copies that are not in effect.
 */
final class MergedCopies {
    private final double wholeBuild;
    private final Set<String> ready = new HashSet<>();
    private Mode mode = Mode.unmerged();
    private @Nullable String building;
    private double spent;
    private @Nullable EndedBuild ended;

    MergedCopies(PaperCosts costs) {
        wholeBuild = costs.merge(LoraFacts.NONE);
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
     * Continues the build of {@code target}, or ends a build if the target is unmerged.
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
            ready.removeIf(adapter -> !mode.isMerged(adapter));
            building = wanted;
            spent = 0;
        }
        double slice = Math.min(seconds, wholeBuild - spent);
        spent += slice;
        if (spent >= wholeBuild * (1 - 1e-9)) {
            end(wanted, MergeOutcome.READY);
            ready.add(wanted);
        }
        return slice;
    }

    private void end(String adapter, MergeOutcome outcome) {
        ended = new EndedBuild(adapter, outcome, spent, "");
        building = null;
    }

    /** Gives back copies; {@code all} gives back those in effect too. */
    void release(boolean all) {
        if (all) {
            mode = Mode.unmerged();
        }
        ready.removeIf(adapter -> !mode.isMerged(adapter));
        if (all && building != null) {
            end(building, MergeOutcome.DROPPED);
        }
    }

    /** Forgets an adapter that has left the device. */
    void forget(String adapter) {
        if (adapter.equals(building)) {
            end(adapter, MergeOutcome.DROPPED);
        }
        if (mode.isMerged(adapter)) {
            mode = Mode.unmerged();
        }
        ready.remove(adapter);
    }

    /** Returns the state of the weights, with the build that has ended since the last report. */
    WeightReport report() {
        var build =
                building == null
                        ? null
                        : new MergeView.Build(
                                building, Math.min(spent / wholeBuild, Math.nextDown(1.0)));
        var last = ended;
        ended = null;
        long bytes = ready.size() * PaperCosts.ADAPTER.mergeBytes();
        return new WeightReport(mode, ready, build, Long.MAX_VALUE, bytes, last);
    }
}
