package org.dlora.replica;

import java.util.ArrayList;
import java.util.List;
import org.dlora.replica.ReplicaCommand.Import;
import org.dlora.replica.kv.KvBlocks;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.KvCounts;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.scheduling.cost.CostError;
import org.jspecify.annotations.Nullable;

/**
 * State machine of one replica. Commands and results of steps go in; plans and events come out. It
 * is pure: the caller passes the time, and nothing here touches a device, a text or a thread. So a
 * server, a simulation and a test run the same object.
 *
 * <pre>{@code
 * events = state.apply(command, now);            // between steps, in order of arrival
 * while (!state.isIdle()):
 *     step = state.plan(now);                    // blocks are allocated
 *     result = …                                 // run the rows, sample, make texts
 *     events = state.complete(step, result, now);
 * }</pre>
 *
 * Each sequence gets exactly one last event, and holds nothing any more by then. Not thread-safe.
 */
public final class ReplicaState {
    private final ReplicaShape shape;
    private final AdapterAccounts accounts = new AdapterAccounts();
    private final LearnedCosts costs = new LearnedCosts();
    private final MergeIntent merging = new MergeIntent();
    private final SequenceRules rules;
    private final Sequences sequences;
    private final StepPlanner planner;
    private final StepCompletion completion;
    private final AdapterLifecycle adapters;
    private final KvResize resize;
    private final SequenceMoves moves;
    private final ImportWaits arrivals = new ImportWaits();
    private long steps;

    /**
     * A replica without sequences.
     *
     * @param adapters loaded from the start, in this order
     */
    public ReplicaState(
            ReplicaShape shape, SchedulingSettings settings, List<AdapterProfile> adapters) {
        this.shape = shape;
        rules = new SequenceRules(shape);
        sequences = new Sequences(shape, accounts);
        planner = new StepPlanner(settings, shape.limits(), sequences, accounts, costs);
        completion = new StepCompletion(sequences, accounts);
        resize = new KvResize(sequences, KvBlocks.covering(shape.maxSequenceLength()));
        moves = new SequenceMoves(shape, sequences, accounts);
        this.adapters = new AdapterLifecycle(accounts, sequences, moves.departures());
        adapters.forEach(this.adapters::open);
    }

    /** Returns this replica without its sequences and cached blocks, which are lost. */
    public ReplicaState restarted() {
        var fresh = new ReplicaState(shape, planner.settings(), List.of());
        fresh.adapters.restore(adapters);
        fresh.steps = steps;
        fresh.merging.report(merging.weights());
        fresh.withhold(withheld());
        var resizing = resize.wanted();
        if (resizing != null) {
            fresh.resize.begin(resizing, new ArrayList<>());
        }
        var fitted = costs.fitted();
        if (fitted != null) {
            fresh.costs.calibrate(fitted);
        }
        return fresh;
    }

    public boolean isIdle() {
        return sequences.isEmpty();
    }

    /** Returns whether {@link ReplicaCommand.ContinueResize} may change the KV blocks. */
    public boolean isResizing() {
        return resize.isPending();
    }

    /** Returns the numbers of the withheld KV blocks. */
    public List<Integer> withheld() {
        return sequences.pool().withheld();
    }

    /** Withholds these KV blocks of a replica without sequences, which have no memory already. */
    public void withhold(List<Integer> blocks) {
        sequences.pool().withhold(blocks);
    }

    public KvCounts kvCounts() {
        return sequences.counts();
    }

    /** Returns the predicted costs of steps. */
    public CostModel costs() {
        return costs.model();
    }

    /** Returns whether adapter {@code id} has unfinished sequences. */
    public boolean uses(String id) {
        var adapter = AdapterRef.of(id);
        var account = accounts.find(adapter);
        return (account != null && account.hasWork()) || moves.departures().uses(adapter);
    }

    public ReplicaLoad load() {
        return sequences.load(shape.id());
    }

    /** Returns the adapters that have unfinished sequences. */
    public ActiveAdapters activeAdapters() {
        return accounts.active();
    }

    public SchedulingSettings settings() {
        return planner.settings();
    }

    /** Returns the state of merging as policies see it. */
    public MergeView merge() {
        return merging.weights().view(planner.settings().merge().share());
    }

    /** Returns the state of the weights, as the engine reported it. */
    public WeightReport weights() {
        return merging.weights();
    }

    /** Returns how far predictions of step times are off; null before the calibration. */
    public @Nullable CostError costError() {
        var fitted = costs.fitted();
        return fitted == null ? null : fitted.error();
    }

    /**
     * Applies a command between two steps.
     *
     * @param now seconds since some fixed moment
     */
    public List<ReplicaEvent> apply(ReplicaCommand command, double now) {
        var events = new ArrayList<ReplicaEvent>();
        if (isIdle()) {
            arrivals.idle(now);
        }
        switch (command) {
            case ReplicaCommand.Submit(var request) ->
                    start(new Import(SequenceState.of(request)), now, events);
            case Import imported -> take(imported, now, events);
            case ReplicaCommand.CopyKv wanted -> moves.copy(wanted, events);
            case ReplicaCommand.Export wanted -> moves.export(wanted, now, events);
            case ReplicaCommand.Release(var request, var epoch) ->
                    moves.departures().release(request, epoch);
            case ReplicaCommand.Resume resumed -> resume(resumed, now, events);
            case ReplicaCommand.WriteKv write -> moves.write(write, events);
            case ReplicaCommand.Cancel(var request) -> cancel(request, events);
            case ReplicaCommand.LoadAdapter(var profile) -> adapters.load(profile, events);
            case ReplicaCommand.EvictAdapter(var id) -> adapters.evict(id, events);
            case ReplicaCommand.UnloadAdapter(var id) -> adapters.unload(id, events);
            case ReplicaCommand.SetMergeRules(var id, var rules) -> {
                var account = accounts.find(AdapterRef.of(id));
                if (account != null) {
                    account.merging().rules(rules);
                }
            }
            case ReplicaCommand.Schedule(var revision, var settings) -> {
                planner.update(settings);
                planner.askForRules(events);
                events.add(new ReplicaEvent.Scheduled(revision));
            }
            case ReplicaCommand.Calibrate(var samples) -> costs.calibrate(samples.fit());
            case ReplicaCommand.ReportWeights(var report) -> report(report, now);
            case ReplicaCommand.ReleaseCopies(var all) ->
                    events.add(new ReplicaEvent.ReleaseWeights(all));
            case ReplicaCommand.Rest() -> events.addAll(merging.atRest());
            case ReplicaCommand.ForgetCache() -> sequences.forgetAll();
            case ReplicaCommand.ResizeKvCache change -> resize.begin(change, events);
            case ReplicaCommand.ContinueResize() -> resize.advance(events);
            case ReplicaCommand.FailAll(var code, var message) -> {
                sequences.all().forEach(s -> completion.fail(s, code, message, events));
                moves.departures().clear();
            }
        }
        adapters.settle(events);
        return events;
    }

    /**
     * Plans the next step of a replica that is not idle, and allocates its blocks.
     *
     * @throws IllegalStateException if the policy plans what cannot be done
     */
    public PlannedStep plan(double now) {
        return planner.plan(steps + 1, now, merging.weights());
    }

    /**
     * Takes the result of a planned step.
     *
     * @param now seconds, when it ended
     */
    public List<ReplicaEvent> complete(PlannedStep step, StepResult result, double now) {
        var events = new ArrayList<ReplicaEvent>();
        switch (result) {
            case StepResult.Failed(var code, var message) ->
                    completion.fail(step, code, message, events);
            case StepResult.Computed(var chunks) -> {
                double seconds = now - step.at();
                arrivals.ended(step, seconds, now, sequences, events);
                completion.complete(step, chunks, events);
                steps = step.number();
                costs.ran(step.shape(), seconds);
                events.add(new ReplicaEvent.StepEnded(RecordedStep.of(step, seconds)));
                events.addAll(merging.after(step, seconds, planner.settings(), now));
            }
        }
        adapters.settle(events);
        return events;
    }

    /** Takes a sequence that has left another replica, or this one. */
    private void take(Import imported, double now, List<ReplicaEvent> events) {
        var request = imported.sequence().request().id();
        moves.departures().release(request, imported.epoch());
        if (start(imported, now, events)) {
            events.add(new ReplicaEvent.Imported(request, imported.epoch(), 0));
        }
    }

    /** Takes a sequence back that has not arrived elsewhere. Its adapter may be leaving. */
    private void resume(ReplicaCommand.Resume resumed, double now, List<ReplicaEvent> events) {
        var request = resumed.request();
        var state = moves.departures().takeBack(request, resumed.epoch(), now);
        if (state == null) {
            var failed = new Failed(FailureCode.REPLICA_FAULT, "Request " + request + " is lost");
            events.add(new ReplicaEvent.Refused(request, resumed.next(), failed));
            return;
        }
        var account = accounts.of(state.request().adapter());
        if (begin(new Import(state, resumed.next(), false), account, now, events)) {
            events.add(new ReplicaEvent.Imported(request, resumed.next(), 0));
        }
    }

    private boolean start(Import imported, double now, List<ReplicaEvent> events) {
        var request = imported.sequence().request();
        var account = accounts.find(request.adapter());
        if (sequences.ofRequest(request.id()) != null) {
            var message = "A request with id " + request.id() + " is unfinished";
            return refuse(imported, FailureCode.DUPLICATE_ID, message, events);
        }
        if (account == null || account.isLeaving()) {
            var message = "Adapter " + request.adapter() + " has been unloaded";
            return refuse(imported, FailureCode.ADAPTER_NOT_LOADED, message, events);
        }
        if (imported.atOnce() && !sequences.hasRoom(imported.sequence(), shape.limits())) {
            var message =
                    "Replica %s has no free KV blocks, or no place in its next step, for request %s now"
                            .formatted(shape.id(), request.id());
            return refuse(imported, FailureCode.NO_ROOM, message, events);
        }
        return begin(imported, account, now, events);
    }

    private boolean begin(
            Import imported, AdapterAccount account, double now, List<ReplicaEvent> events) {
        var state = imported.sequence();
        try {
            rules.check(state);
            long place = sequences.place(now - state.age());
            var sequence =
                    new Sequence(place, imported.epoch(), state, shape, now, account.content());
            if (state.output().length > 0) {
                sequence.arrived(arrivals.arrival());
            }
            sequences.add(sequence);
            planner.askForRules(account, events);
            return true;
        } catch (IllegalArgumentException e) {
            var message =
                    "Request %s cannot begin here: %s"
                            .formatted(state.request().id(), e.getMessage());
            return refuse(imported, FailureCode.REPLICA_FAULT, message, events);
        }
    }

    private static boolean refuse(
            Import imported, FailureCode code, String message, List<ReplicaEvent> events) {
        var state = imported.sequence();
        var failed = new Failed(code, message, new SequenceTally(state).usage());
        events.add(new ReplicaEvent.Refused(state.request().id(), imported.epoch(), failed));
        return false;
    }

    private void cancel(String request, List<ReplicaEvent> events) {
        var sequence = sequences.ofRequest(request);
        if (sequence != null) {
            completion.end(sequence, sequence.output().cancelled(), events);
        }
    }

    private void report(WeightReport report, double now) {
        merging.report(report);
        var build = report.build();
        var account = build == null ? null : accounts.find(AdapterRef.of(build.adapter()));
        if (build == null || account == null) {
            return;
        }
        switch (build.outcome()) {
            case READY -> costs.merged(account.lora(), build.seconds());
            case FAILED -> account.merging().failed(build.reason(), now);
            case REFUSED -> account.merging().refused(build.reason(), now);
            case DROPPED -> {}
        }
    }

    /**
     * Checks the whole state between two steps.
     *
     * @throws IllegalStateException if a block is lost or held for nothing, or a sequence is in no
     *     possible state
     */
    public boolean verify() {
        sequences.verify();
        return true;
    }
}
