package org.dlora.replica;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.dlora.replica.ReplicaEvent.Generated;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.MergeRules;
import org.dlora.simulation.MergedCopies;
import org.jspecify.annotations.Nullable;

/**
 * The state of a replica that serves, under a virtual clock: a {@link SimulatedModel} computes its
 * steps, a {@link CostModel} says how long they take and how long merged weights are built.
 */
public final class SimulatedReplica {
    /** Blocks that are checked after each call, on average. */
    private static final int CHECKED_BLOCKS = 1000;

    private final ReplicaState state;
    private final SimulatedModel model;
    private final CostModel costs;
    private final Map<String, LoraFacts> adapters;
    private final MergedCopies weights;
    private final int checkedOneIn;
    private final Map<String, SequenceState> sequences = new HashMap<>();
    private final Map<String, SequenceState> departed = new HashMap<>();
    private final Set<Integer> endTokens;
    private final Map<String, Long> epochs = new HashMap<>();
    private final Map<String, List<GenerationEvent>> told = new HashMap<>();
    private final List<ReplicaEvent> events = new ArrayList<>();
    private final List<SequenceState> exported = new ArrayList<>();
    private UnaryOperator<ReplicaCommand> commandWire = UnaryOperator.identity();
    private UnaryOperator<ReplicaEvent> eventWire = UnaryOperator.identity();
    private @Nullable PlannedStep lastStep;
    private long mergeLimit = Long.MAX_VALUE;
    private double now;
    private int calls;

    SimulatedReplica(
            ReplicaShape shape,
            SchedulingSettings settings,
            Map<String, LoraFacts> adapters,
            CostModel costs) {
        this(shape, settings, adapters, costs, new HashModel(shape.kvBlocks()));
    }

    public SimulatedReplica(
            ReplicaShape shape,
            SchedulingSettings settings,
            Map<String, LoraFacts> adapters,
            CostModel costs,
            SimulatedModel model) {
        this.costs = costs;
        this.model = model;
        this.adapters = new HashMap<>(adapters);
        weights =
                new MergedCopies(
                        costs,
                        id -> this.adapters.getOrDefault(id, LoraFacts.NONE),
                        () -> mergeLimit);
        endTokens = shape.endTokens();
        checkedOneIn = Math.ceilDiv(shape.kvBlocks(), CHECKED_BLOCKS);
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

    public ReplicaState state() {
        return state;
    }

    public double now() {
        return now;
    }

    /** Lets the clock run while nothing happens. */
    public void idle(double seconds) {
        now += seconds;
    }

    /** Sets the bytes that all merged weights may take together. */
    public void limitMerges(long bytes) {
        mergeLimit = bytes;
        report();
    }

    /** Returns all events of a request so far. */
    List<GenerationEvent> told(String request) {
        return told.getOrDefault(request, List.of());
    }

    /** Returns all events of the replica so far. */
    public List<ReplicaEvent> events() {
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

    public PlannedStep lastStep() {
        if (lastStep == null) {
            throw new IllegalStateException("There was no step yet");
        }
        return lastStep;
    }

    public void submit(GenerationRequest request) {
        apply(new ReplicaCommand.Submit(request));
    }

    public void apply(ReplicaCommand command) {
        var applied = command;
        switch (command) {
            case ReplicaCommand.Submit(var request) ->
                    sequences.put(request.id(), SequenceState.of(request));
            case ReplicaCommand.Import imported -> {
                if (!isTaken(imported)) {
                    return;
                }
                applied = whole(imported);
            }
            case ReplicaCommand.Resume(var request, _, _) -> {
                var kept = departed.remove(request);
                if (kept != null) {
                    sequences.put(request, kept);
                }
            }
            case ReplicaCommand.LoadAdapter(var profile) ->
                    adapters.put(profile.id(), profile.lora());
            default -> {}
        }
        send(applied);
        verify();
    }

    /** Tells the end of a sequence whose output is complete, which is not taken. */
    private boolean isTaken(ReplicaCommand.Import imported) {
        var sequence = imported.sequence();
        if (sequence.lacksText()
                && replay(sequence) instanceof SequenceState.Replayed.Complete(var end)) {
            receive(new Generated(sequence.request().id(), imported.epoch(), end));
            return false;
        }
        return true;
    }

    private ReplicaCommand whole(ReplicaCommand.Import imported) {
        var sequence = imported.sequence();
        if (sequence.lacksText()
                && replay(sequence) instanceof SequenceState.Replayed.Unfinished(var whole)) {
            sequence = whole;
        }
        sequences.put(sequence.request().id(), sequence);
        return new ReplicaCommand.Import(sequence, imported.epoch(), imported.atOnce());
    }

    private SequenceState.Replayed replay(SequenceState sequence) {
        return sequence.replay(model.texts(sequence.output()), endTokens);
    }

    private void send(ReplicaCommand command) {
        handle(state.apply(commandWire.apply(command), now));
    }

    /** Checks all of a small replica, and a large one now and then. */
    private void verify() {
        if (calls++ % checkedOneIn == 0) {
            state.verify();
        }
    }

    /** Submits an unfinished request once more, which is refused. */
    void resubmit(String request) {
        apply(new ReplicaCommand.Submit(sequence(request).request()));
    }

    /** Takes over what another replica has exported. */
    void take(SequenceState sequence) {
        take(sequence, 0, false);
    }

    /** Takes over what a replica has exported. */
    void take(SequenceState sequence, long epoch, boolean atOnce) {
        apply(new ReplicaCommand.Import(sequence, epoch, atOnce));
    }

    /** Hands out an unfinished request. */
    SequenceState export(String request) {
        return export(request, 0);
    }

    SequenceState export(String request, long epoch) {
        exported.clear();
        apply(new ReplicaCommand.Export(request, epoch, -1));
        return exported.getFirst();
    }

    /** Returns the epoch of an unfinished request. */
    long epoch(String request) {
        return epochs.getOrDefault(request, 0L);
    }

    /** Runs one step. */
    public void step() {
        var planned = state.plan(now);
        lastStep = planned;
        handle(planned.events());
        weights.enter(planned.mode());
        var result = model.run(planned, this::sequence);
        if (result instanceof StepResult.Computed(var chunks)) {
            note(planned, chunks);
        }
        now += costs.step(planned.shape());
        report();
        handle(state.complete(planned, result, now));
        verify();
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

    private void note(PlannedStep planned, List<StepResult.ChunkResult> chunks) {
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
                sequence.request(),
                output,
                "",
                List.of(),
                0,
                true,
                sequence.preemptions(),
                sequence.steps(),
                sequence.age());
    }

    private void handle(List<ReplicaEvent> happened) {
        happened.forEach(this::receive);
    }

    private void receive(ReplicaEvent event) {
        var received = eventWire.apply(event);
        events.add(received);
        handle(received);
    }

    private void handle(ReplicaEvent event) {
        switch (event) {
            case Generated(var request, _, var generation) -> {
                told.computeIfAbsent(request, _ -> new ArrayList<>()).add(generation);
                if (generation.isLast()) {
                    sequences.remove(request);
                }
            }
            case ReplicaEvent.Refused(var request, _, var failure) -> {
                if (failure.code() != FailureCode.DUPLICATE_ID) {
                    sequences.remove(request);
                }
            }
            case ReplicaEvent.Imported(var request, var epoch, _) -> epochs.put(request, epoch);
            case ReplicaEvent.ReadKv read ->
                    receive(
                            new ReplicaEvent.KvRead(
                                    read.request(),
                                    read.epoch(),
                                    read.span().copied(model.read(read.span().blocks())),
                                    read.left(),
                                    0));
            case ReplicaEvent.StoreKv(var blocks, var contents) -> model.store(blocks, contents);
            case ReplicaEvent.Exported(var sequence, _) -> {
                sequences.remove(sequence.request().id());
                departed.put(sequence.request().id(), sequence);
                exported.add(sequence);
            }
            case ReplicaEvent.MergeRulesWanted(var id) ->
                    send(new ReplicaCommand.SetMergeRules(id, MergeRules.FREE));
            case ReplicaEvent.BuildWeights(var target, var seconds) -> {
                now += weights.build(target, seconds);
                report();
            }
            case ReplicaEvent.ReleaseWeights(var all) -> {
                weights.release(all);
                report();
            }
            case ReplicaEvent.AdapterUnloaded(var id) -> {
                weights.forget(id);
                adapters.remove(id);
                report();
            }
            case ReplicaEvent.WithholdKvBlocks(var blocks) -> model.withhold(blocks);
            case ReplicaEvent.RestoreKvBlocks(var blocks) -> model.restore(blocks);
            default -> {}
        }
    }

    private void report() {
        send(new ReplicaCommand.ReportWeights(weights.report()));
    }
}
