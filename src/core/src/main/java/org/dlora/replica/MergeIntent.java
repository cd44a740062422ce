package org.dlora.replica;

import java.util.ArrayList;
import java.util.List;
import org.dlora.replica.ReplicaEvent.BuildWeights;
import org.dlora.replica.ReplicaEvent.ReleaseWeights;
import org.dlora.scheduling.Mode;

/**
 * The builds and releases of merged weights that a replica asks its engine for after each step. It
 * sets the seconds that a build gets before the next step. It has copies released that no step has
 * used for a while.
 */
final class MergeIntent {
    /** Least part of its share of time that building gets where promised times leave less. */
    private static final double LEAST = 0.1;

    private WeightReport weights = WeightReport.INITIAL;
    private double usedAt;

    WeightReport weights() {
        return weights;
    }

    void report(WeightReport report) {
        weights = report;
    }

    /**
     * Returns the events for the weights after a step: builds and releases.
     *
     * @param seconds that the step took
     */
    List<ReplicaEvent> after(
            PlannedStep step, double seconds, SchedulingSettings settings, double now) {
        var events = new ArrayList<ReplicaEvent>();
        boolean isWanted =
                step.target() instanceof Mode.Merged && !step.target().equals(step.mode());
        if (isWanted) {
            events.add(new BuildWeights(step.target(), budget(seconds, settings)));
        } else if (weights.building() != null || hasUnusedCopies()) {
            events.add(new BuildWeights(Mode.unmerged(), 0));
        }
        if (isWanted || step.mode() instanceof Mode.Merged) {
            usedAt = now;
        } else if (weights.copyBytes() > 0 && now - usedAt >= settings.merge().keep()) {
            events.add(new ReleaseWeights(false));
        }
        return events;
    }

    private boolean hasUnusedCopies() {
        return weights.ready().stream().anyMatch(adapter -> !weights.mode().isMerged(adapter));
    }

    private static double budget(double seconds, SchedulingSettings settings) {
        double fair = settings.merge().beside(seconds);
        return Math.min(fair, Math.max(settings.slo().tpot() - seconds, LEAST * fair));
    }

    /** Returns the events for the weights when nothing has run for a while. */
    List<ReplicaEvent> atRest() {
        return weights.copyBytes() > 0 ? List.of(new ReleaseWeights(true)) : List.of();
    }
}
