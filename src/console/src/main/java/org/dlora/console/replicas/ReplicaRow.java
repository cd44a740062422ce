package org.dlora.console.replicas;

import java.util.Locale;
import org.dlora.cluster.replicas.ReplicaReport;
import org.dlora.cluster.replicas.ReplicaStatus;
import org.dlora.console.decisions.WeightsState;
import org.jspecify.annotations.Nullable;

/**
 * A replica at a glance.
 *
 * @param adapterBytes of the adapters in its memory
 * @param step median seconds of its last steps; null without steps
 * @param error median error of the predicted times; null if none was predicted
 */
record ReplicaRow(
        ReplicaReport report,
        WeightsState weights,
        long adapterBytes,
        @Nullable Double step,
        @Nullable Double error) {

    static ReplicaRow of(ReplicaReport report, WeightsState weights, StepTimes times) {
        return new ReplicaRow(
                report,
                weights,
                report.adapters().stream().mapToLong(ReplicaReport.Kept::bytes).sum(),
                times.median(),
                times.error());
    }

    /** Returns the class of the badge of its state. */
    public String badge() {
        return switch (report.condition().state()) {
            case SERVING -> "good";
            case DRAINING, DRAINED, RESTARTING -> "warn";
            case FENCED, CLOSED -> "bad";
        };
    }

    public String state() {
        return report.condition().state().label();
    }

    /** Returns why it does not serve, as a sentence; null while it serves. */
    public @Nullable String reason() {
        var reason = report.condition().reason();
        return reason == null || reason.isEmpty()
                ? null
                : reason.substring(0, 1).toUpperCase(Locale.ROOT) + reason.substring(1) + ".";
    }

    /** Returns whether it was drained by hand. */
    public boolean isDrained() {
        var state = report.condition().state();
        return state == ReplicaStatus.DRAINING || state == ReplicaStatus.DRAINED;
    }

    /** Returns the KV blocks that requests hold. */
    public int heldBlocks() {
        return report.load().totalBlocks() - report.load().freeBlocks();
    }

    /** Returns the share of the KV blocks that is held, 0 to 1. */
    public double kvUsage() {
        return report.load().totalBlocks() == 0 ? 0 : report.load().kvUsage();
    }
}
