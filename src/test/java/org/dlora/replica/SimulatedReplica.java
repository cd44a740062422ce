package org.dlora.replica;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.dlora.replica.ReplicaEvent.Generated;
import org.dlora.replica.WeightReport.EndedBuild;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.MergeRules;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.Mode;
import org.jspecify.annotations.Nullable;

/**
 * The state of a replica that serves, under a virtual clock: a {@link HashModel} computes its
 * steps, a {@link CostModel} says how long they take and how long merged weights are built.
 */
final class SimulatedReplica {
    private final ReplicaState state;
    private final HashModel model;
    private final CostModel costs;
    private final Map<String, LoraFacts> adapters = new HashMap<>();
    private final Map<String, SequenceState> sequences = new HashMap<>();
    private final Map<String, List<GenerationEvent>> told = new HashMap<>();
    private final List<ReplicaEvent> events = new ArrayList<>();
    private final List<SequenceState> exported = new ArrayList<>();
    private UnaryOperator<ReplicaCommand> commandWire = UnaryOperator.identity();
    private UnaryOperator<ReplicaEvent> eventWire = UnaryOperator.identity();
    private Mode mode = Mode.unmerged();
    private final Set<String> ready = new HashSet<>();
    private @Nullable String building;
    private double spent;
    private @Nullable EndedBuild ended;
    private @Nullable PlannedStep lastStep;
    private double now;

    SimulatedReplica(
            ReplicaShape shape,
            SchedulingSettings settings,
            Map<String, LoraFacts> adapters,
            CostModel costs) {
        this.costs = costs;
        model = new HashModel(shape.kvBlocks());
        this.adapters.putAll(adapters);
        state =
                new ReplicaState(
                        shape,
                        settings,
                        adapters.entrySet().stream()
                                .sorted(Map.Entry.comparingByKey())
                                .map(one -> profile(one.getKey(), one.getValue()))
                                .toList());
    }

    static AdapterProfile profile(String id, LoraFacts lora) {
        return new AdapterProfile(id, id, "content-of-" + id, lora, null);
    }

    /** Lets each command and each event go through {@code commands} and {@code events}. */
    void through(UnaryOperator<ReplicaCommand> commands, UnaryOperator<ReplicaEvent> events) {
        commandWire = commands;
        eventWire = events;
    }

    ReplicaState state() {
        return state;
    }

    HashModel model() {
        return model;
    }

    double now() {
        return now;
    }

    /** Lets the clock run while nothing happens. */
    void wait(double seconds) {
        now += seconds;
    }

    /** Returns all events of a request so far. */
    List<GenerationEvent> told(String request) {
        return told.getOrDefault(request, List.of());
    }

    /** Returns all events of the replica so far. */
    List<ReplicaEvent> events() {
        return events;
    }

    /** Returns the ids of the unfinished requests. */
    Set<String> unfinished() {
        return Set.copyOf(sequences.keySet());
    }

    /** Returns how many output tokens an unfinished request has. */
    int output(String request) {
        return sequence(request).output().length;
    }

    private SequenceState sequence(String request) {
        return Objects.requireNonNull(sequences.get(request));
    }

    PlannedStep lastStep() {
        if (lastStep == null) {
            throw new IllegalStateException("There was no step yet");
        }
        return lastStep;
    }

    void submit(GenerationRequest request) {
        sequences.put(request.id(), SequenceState.of(request));
        apply(new ReplicaCommand.Submit(request));
    }

    void apply(ReplicaCommand command) {
        send(command);
        state.verify();
    }

    private void send(ReplicaCommand command) {
        handle(state.apply(commandWire.apply(command), now));
    }

    /** Submits an unfinished request once more, which is refused. */
    void resubmit(String request) {
        apply(new ReplicaCommand.Submit(sequence(request).request()));
    }

    /** Takes over what another replica has exported. */
    void take(SequenceState sequence) {
        sequences.put(sequence.request().id(), sequence);
        apply(new ReplicaCommand.Import(sequence));
    }

    /** Hands out an unfinished request. */
    SequenceState export(String request) {
        exported.clear();
        apply(new ReplicaCommand.Export(request));
        return exported.getFirst();
    }

    /** Runs one step. */
    void step() {
        report();
        var planned = state.plan(now);
        lastStep = planned;
        handle(planned.events());
        mode = planned.mode();
        var result = model.run(planned, this::sequence);
        note(planned, result);
        now += costs.step(planned.shape());
        report();
        handle(state.complete(planned, result, now));
        state.verify();
    }

    /** Runs steps until nothing is unfinished. */
    void finish() {
        for (int steps = 0; !state.isIdle(); steps++) {
            if (steps > 100_000) {
                throw new AssertionError("The replica does not come to an end");
            }
            step();
        }
    }

    private void note(PlannedStep planned, StepResult result) {
        var chunks = ((StepResult.Computed) result).chunks();
        for (int i = 0; i < chunks.size(); i++) {
            if (chunks.get(i) instanceof StepResult.Rows(_, var sampled) && sampled != null) {
                sequences.computeIfPresent(
                        planned.chunks().get(i).request(),
                        (_, sequence) -> with(sequence, sampled.token()));
            }
        }
    }

    private static SequenceState with(SequenceState sequence, int token) {
        var output = Arrays.copyOf(sequence.output(), sequence.output().length + 1);
        output[output.length - 1] = token;
        return new SequenceState(
                sequence.request(), output, "", "", List.of(), 0, true, sequence.age());
    }

    private void handle(List<ReplicaEvent> happened) {
        for (var event : happened) {
            var received = eventWire.apply(event);
            events.add(received);
            handle(received);
        }
    }

    private void handle(ReplicaEvent event) {
        switch (event) {
            case Generated(var request, var generation) -> {
                told.computeIfAbsent(request, _ -> new ArrayList<>()).add(generation);
                if (generation.isLast()) {
                    sequences.remove(request);
                }
            }
            case ReplicaEvent.Exported(var sequence) -> {
                sequences.remove(sequence.request().id());
                exported.add(sequence);
            }
            case ReplicaEvent.MergeRulesWanted(var id) ->
                    send(new ReplicaCommand.SetMergeRules(id, MergeRules.FREE));
            case ReplicaEvent.BuildWeights(var target, var seconds) -> build(target, seconds);
            case ReplicaEvent.ReleaseWeights(var all) -> release(all);
            case ReplicaEvent.AdapterUnloaded(var id) -> forget(id);
            default -> {}
        }
    }

    private void build(Mode target, double seconds) {
        var wanted = target instanceof Mode.Merged(var adapter) ? adapter : null;
        if (wanted == null || !wanted.equals(building)) {
            building = wanted;
            spent = 0;
        }
        if (building != null && !ready.contains(building)) {
            spent += seconds;
            now += seconds;
            if (spent >= costs.merge(lora(building))) {
                ended = new EndedBuild(building, MergeOutcome.READY, spent, "");
                ready.removeIf(adapter -> !mode.isMerged(adapter));
                ready.add(building);
                building = null;
            }
        }
    }

    private LoraFacts lora(String adapter) {
        return adapters.getOrDefault(adapter, LoraFacts.NONE);
    }

    private void release(boolean all) {
        building = null;
        mode = all ? Mode.unmerged() : mode;
        ready.removeIf(adapter -> !mode.isMerged(adapter));
    }

    private void forget(String id) {
        adapters.remove(id);
        ready.remove(id);
        building = id.equals(building) ? null : building;
        mode = mode.isMerged(id) ? Mode.unmerged() : mode;
        report();
    }

    private void report() {
        var build =
                building == null || ready.contains(building)
                        ? null
                        : new MergeView.Build(
                                building,
                                Math.min(spent / costs.merge(lora(building)), Math.nextDown(1.0)));
        var report =
                new WeightReport(mode, ready, build, Long.MAX_VALUE, 100L * ready.size(), ended);
        ended = null;
        state.apply(commandWire.apply(new ReplicaCommand.ReportWeights(report)), now);
    }
}
