package org.dlora.simulation;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.dlora.replica.Chunk;
import org.dlora.replica.PlannedStep;
import org.dlora.replica.ReplicaCommand;
import org.dlora.replica.ReplicaEvent;
import org.dlora.replica.ReplicaShape;
import org.dlora.replica.ReplicaState;
import org.dlora.replica.SampledToken;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.StepResult;

/**
 * A replica that serves, on a virtual device: {@link PaperCosts} say how long its steps and its
 * builds of merged weights take. Commands wait in its mailbox until the step has ended.
 */
final class VirtualReplica {
    private static final byte[] NO_BYTES = {};

    private final ReplicaState state;
    private final PaperCosts costs;
    private final MergedCopies weights;
    private final VirtualClock timeline;
    private final ToIntFunction<Chunk> sampler;
    private final Consumer<ReplicaEvent> owner;
    private final Deque<ReplicaCommand> mailbox = new ArrayDeque<>();
    private boolean isBusy;
    private double building;

    /**
     * Creates a replica without adapters.
     *
     * @param sampler gives the next token of a chunk that samples
     * @param owner gets the events that leave the replica
     */
    VirtualReplica(
            ReplicaShape shape,
            SchedulingSettings settings,
            PaperCosts costs,
            VirtualClock timeline,
            ToIntFunction<Chunk> sampler,
            Consumer<ReplicaEvent> owner) {
        this.costs = costs;
        this.timeline = timeline;
        this.sampler = sampler;
        this.owner = owner;
        weights = new MergedCopies(costs, _ -> PaperCosts.ADAPTER, () -> Long.MAX_VALUE);
        state = new ReplicaState(shape, settings, List.of());
        var limits = shape.limits();
        apply(new ReplicaCommand.Calibrate(costs.samples(limits.maxBatch(), limits.maxTokens())));
    }

    ReplicaState state() {
        return state;
    }

    /** Gives the replica a command for the end of its step. */
    void send(ReplicaCommand command) {
        mailbox.add(command);
        if (!isBusy) {
            // Commands that are sent at one time are drained together.
            isBusy = true;
            timeline.after(0, this::advance);
        }
    }

    private void advance() {
        isBusy = true;
        for (var command = mailbox.poll(); command != null; command = mailbox.poll()) {
            apply(command);
        }
        if (state.isIdle()) {
            isBusy = false;
            return;
        }
        var step = state.plan(timeline.now());
        handle(step.events());
        weights.enter(step.mode());
        timeline.after(costs.step(step.shape()), () -> complete(step));
    }

    private void complete(PlannedStep step) {
        report();
        var chunks = step.chunks().stream().map(this::result).toList();
        building = 0;
        handle(state.complete(step, new StepResult.Computed(chunks), timeline.now()));
        if (building > 0) {
            timeline.after(
                    building,
                    () -> {
                        report();
                        advance();
                    });
        } else {
            advance();
        }
    }

    private StepResult.ChunkResult result(Chunk chunk) {
        var sampled =
                chunk.samples() ? new SampledToken(sampler.applyAsInt(chunk), "", null) : null;
        return new StepResult.Rows(List.of(), sampled);
    }

    private void report() {
        apply(new ReplicaCommand.ReportWeights(weights.report()));
    }

    private void apply(ReplicaCommand command) {
        handle(state.apply(command, timeline.now()));
    }

    private void handle(List<ReplicaEvent> events) {
        events.forEach(this::handle);
    }

    private void handle(ReplicaEvent event) {
        switch (event) {
            case ReplicaEvent.BuildWeights(var target, var seconds) ->
                    building += weights.build(target, seconds);
            case ReplicaEvent.ReleaseWeights(var all) -> {
                weights.release(all);
                report();
            }
            case ReplicaEvent.ReadKv read -> owner.accept(copied(read));
            case ReplicaEvent.AdapterUnloaded(var id) -> {
                weights.forget(id);
                report();
                owner.accept(event);
            }
            default -> owner.accept(event);
        }
    }

    private static ReplicaEvent copied(ReplicaEvent.ReadKv read) {
        var contents = Collections.nCopies(read.span().blocks().size(), NO_BYTES);
        return new ReplicaEvent.KvRead(
                read.request(), read.epoch(), read.span().copied(contents), read.left(), 0);
    }
}
