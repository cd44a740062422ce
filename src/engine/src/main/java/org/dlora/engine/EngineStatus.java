package org.dlora.engine;

import java.util.function.DoubleSupplier;
import org.dlora.engine.meters.EngineFigures;
import org.dlora.replica.ActiveAdapters;
import org.dlora.replica.RecordedStep;
import org.dlora.replica.ReplicaState;
import org.dlora.replica.SchedulingSettings;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.KvCounts;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.scheduling.cost.CostError;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The status of an engine after its last command or step: load, settings, merged weights, costs and
 * the last steps. Dispatch, gauges and reports read it. The engine's thread publishes it, any
 * thread reads it. It also logs changes of mode.
 */
final class EngineStatus implements EngineFigures {
    private static final Logger log = LoggerFactory.getLogger(EngineStatus.class);

    private final String replica;
    private final DoubleSupplier clock;
    private final DecisionLog decisions = new DecisionLog();
    private final ModeChangeLog modeChanges = new ModeChangeLog();
    private Mode lastMode = Mode.unmerged();
    private volatile ReplicaLoad load;
    private volatile KvCounts kvCounts;
    private volatile CostModel costs;
    private volatile ActiveAdapters activeAdapters;
    private volatile SchedulingSettings settings;
    private volatile MergeView merge;
    private volatile @Nullable CostError costError;
    private volatile CopyStatus copies = CopyStatus.NONE;
    private volatile Heartbeat heartbeat = new Heartbeat(0, Double.NaN, true);

    /**
     * @param clock seconds since some fixed moment
     */
    EngineStatus(String replica, ReplicaState state, DoubleSupplier clock) {
        this.replica = replica;
        this.clock = clock;
        publish(state);
    }

    /** Publishes the state of the replica. */
    void publish(ReplicaState state) {
        load = state.load();
        kvCounts = state.kvCounts();
        costs = state.costs();
        activeAdapters = state.activeAdapters();
        settings = state.settings();
        merge = state.merge();
        costError = state.costError();
        copies = CopyStatus.of(state.weights(), state.isIdle());
    }

    /** Notes that the thread begins a turn of its loop. */
    void turn() {
        heartbeat = heartbeat.next(Double.NaN, false);
    }

    /**
     * Notes that the thread begins a step.
     *
     * @param predicted its predicted seconds, NaN if unknown
     */
    void stepping(double predicted) {
        heartbeat = heartbeat.next(predicted, false);
    }

    /** Notes that the thread waits for messages, or warms up. */
    void rest() {
        heartbeat = heartbeat.next(Double.NaN, true);
    }

    /** Returns the last sign of life of the thread. */
    Heartbeat heartbeat() {
        return heartbeat;
    }

    /** Records a step that has ended, and logs a change of mode. */
    void record(RecordedStep step) {
        var decision = step.decision();
        if (!decision.mode().equals(lastMode)) {
            modeChanges
                    .changed(lastMode, decision.mode(), decision.why(), step.at())
                    .ifPresent(line -> log.info("Replica {} {}", replica, line));
            lastMode = decision.mode();
        }
        decisions.add(step);
    }

    ReplicaLoad load() {
        return load;
    }

    KvCounts kvCounts() {
        return kvCounts;
    }

    /** Returns the predicted costs of steps. */
    CostModel costs() {
        return costs;
    }

    ActiveAdapters activeAdapters() {
        return activeAdapters;
    }

    /** Returns the scheduling settings in force. */
    SchedulingSettings settings() {
        return settings;
    }

    /** Returns the settings in force and the last steps, at most {@code lastSteps}. */
    SchedulingReport report(int lastSteps) {
        var now = settings;
        return new SchedulingReport(
                replica,
                now.policy().name(),
                now.slo(),
                now.weights(),
                merge,
                clock.getAsDouble(),
                decisions.latest(lastSteps));
    }

    @Override
    public @Nullable CostError costError() {
        return costError;
    }

    @Override
    public Mode mode() {
        return merge.mode();
    }

    @Override
    public long copyBytes() {
        return copies.usedBytes() + copies.idleBytes();
    }

    /** Returns the copies of weights. */
    CopyStatus copies() {
        return copies;
    }
}
