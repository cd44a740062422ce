package org.dlora.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import org.dlora.constraint.Constraint;
import org.dlora.device.DeviceLostException;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.engine.delivery.Subscriptions;
import org.dlora.engine.merging.WeightSwitch;
import org.dlora.engine.meters.EngineObserver;
import org.dlora.engine.step.RequestOutput;
import org.dlora.engine.step.StepRunner;
import org.dlora.engine.weights.AdapterTerms;
import org.dlora.replica.AdapterProfile;
import org.dlora.replica.PlannedStep;
import org.dlora.replica.ReplicaCommand;
import org.dlora.replica.ReplicaEvent;
import org.dlora.replica.ReplicaState;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.SequenceState;
import org.dlora.replica.StepResult;
import org.dlora.replica.WeightReport;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.scheduling.cost.CostSamples;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runner of a {@link ReplicaState} on a model. It applies commands, computes planned steps and
 * handles the events. One thread uses it; methods for other threads say so.
 *
 * <p>A failure ends the sequences that it concerns. A state that cannot go on is replaced by one
 * without sequences.
 */
final class Engine {
    private static final Logger log = LoggerFactory.getLogger(Engine.class);

    private final ReplicaSettings settings;
    private final ReplicaModel model;
    private final Map<String, AdapterTerms> adapters = new ConcurrentHashMap<>();
    private final RequestOutputs outputs = new RequestOutputs();
    private final KvCopies kv;
    private final List<String> undecided = new ArrayList<>();
    private final WeightSwitch weights;
    private final StepRunner runner;
    private final EngineObserver observer;
    private final Function<String, GenerationListener> clients;
    private final Consumer<ReplicaEvent> others;
    private final Subscriptions subscriptions = new Subscriptions(this::cancel);
    private final DoubleSupplier clock;
    private final EngineStatus status;
    private ReplicaState state;

    /**
     * An engine whose clients subscribe with {@link #submit(GenerationRequest,
     * GenerationListener)}.
     */
    Engine(
            ReplicaSettings settings,
            ReplicaModel model,
            SchedulingSettings scheduling,
            EngineObserver observer) {
        this(settings, model, scheduling, observer, () -> 1e-9 * System.nanoTime());
    }

    /**
     * Creates an engine on a clock.
     *
     * @param clock seconds since some fixed moment
     */
    Engine(
            ReplicaSettings settings,
            ReplicaModel model,
            SchedulingSettings scheduling,
            EngineObserver observer,
            DoubleSupplier clock) {
        this(settings, model, scheduling, observer, null, _ -> {}, clock);
    }

    /**
     * @param clients by the ids of their requests; null for those that subscribe here
     * @param others is given the events that concern neither clients nor the engine
     */
    Engine(
            ReplicaSettings settings,
            ReplicaModel model,
            SchedulingSettings scheduling,
            EngineObserver observer,
            @Nullable Function<String, GenerationListener> clients,
            Consumer<ReplicaEvent> others,
            DoubleSupplier clock) {
        this.settings = settings;
        this.model = model;
        this.observer = observer;
        this.clients = clients == null ? subscriptions::of : clients;
        this.others = others;
        this.clock = clock;
        adapters.putAll(model.adapters());
        state =
                new ReplicaState(
                        settings.shape(model.runner().vocabSize(), model.endTokens()),
                        scheduling,
                        model.adapters().entrySet().stream()
                                .sorted(Map.Entry.comparingByKey())
                                .map(entry -> profile(entry.getKey(), entry.getValue()))
                                .toList());
        weights = new WeightSwitch(model.runner().merge(), adapters, clock);
        kv = new KvCopies(model.runner().cache(), clock);
        runner =
                new StepRunner(
                        settings.id(),
                        model.runner(),
                        weights,
                        outputs.running(),
                        adapters,
                        settings.maskWork());
        status = new EngineStatus(settings.id(), state, clock);
        report();
    }

    private static AdapterProfile profile(String id, AdapterTerms terms) {
        return new AdapterProfile(id, terms.name(), terms.content().orElse(id), terms.lora(), null);
    }

    /** Returns the status after the last command or step. Any thread's. */
    EngineStatus status() {
        return status;
    }

    /** Returns the terms of the loaded adapters by id. */
    Map<String, AdapterTerms> adapters() {
        return Collections.unmodifiableMap(adapters);
    }

    boolean isIdle() {
        return state.isIdle();
    }

    /** Returns whether a change of the usable KV blocks is in progress. */
    boolean isResizing() {
        return state.isResizing();
    }

    /** Withholds or restores some KV blocks, if a change is in progress. */
    void continueResize() {
        if (isResizing()) {
            applied(new ReplicaCommand.ContinueResize());
        }
    }

    /** Returns the KV blocks that have no memory. */
    List<Integer> withheld() {
        return state.withheld();
    }

    /** Leaves KV blocks alone that have no memory; called before the first request. */
    void withhold(List<Integer> blocks) {
        state.withhold(blocks);
    }

    /** Updates the scheduling settings from the next step on. */
    void schedule(SchedulingSettings other) {
        apply(new ReplicaCommand.Schedule(0, other));
    }

    /** Sets the costs that were measured. */
    void calibrate(CostSamples measured) {
        apply(new ReplicaCommand.Calibrate(measured));
    }

    /** Gives copies of weights back after a while without work. */
    void releaseCopies() {
        apply(new ReplicaCommand.Rest());
    }

    /** Loads an adapter, unless its id is in use; an event says which. */
    void load(String id, AdapterTerms terms) {
        if (adapters.putIfAbsent(id, terms) == null) {
            apply(new ReplicaCommand.LoadAdapter(profile(id, terms)));
        } else {
            others.accept(new ReplicaEvent.AdapterRefused(id));
        }
    }

    void unload(String id) {
        apply(new ReplicaCommand.UnloadAdapter(id));
    }

    /** Drops all cached blocks that no sequence holds. */
    void forgetCache() {
        apply(new ReplicaCommand.ForgetCache());
    }

    boolean uses(String adapter) {
        return state.uses(adapter);
    }

    /** Starts a request whose client subscribes to its events. */
    void submit(GenerationRequest request, GenerationListener client) {
        if (subscriptions.add(request.id(), client, null)) {
            var seeded = request.withSeed(ThreadLocalRandom.current().nextLong());
            apply(new ReplicaCommand.Submit(seeded));
        } else {
            client.on(duplicate(request.id()));
        }
    }

    static Failed duplicate(String request) {
        return new Failed(
                FailureCode.DUPLICATE_ID, "A request with id " + request + " is unfinished");
    }

    void cancel(String request) {
        apply(new ReplicaCommand.Cancel(request));
    }

    /** Applies a command between two steps that brings no request with a constraint. */
    void apply(ReplicaCommand command) {
        apply(command, null);
    }

    /**
     * Applies a command between two steps.
     *
     * @param constraint of the request that it brings; null for none
     */
    void apply(ReplicaCommand command, @Nullable Constraint constraint) {
        switch (command) {
            case ReplicaCommand.Submit(var request) ->
                    start(SequenceState.of(request), command, constraint);
            case ReplicaCommand.Import imported -> take(imported, constraint);
            case ReplicaCommand.Resume(var request, _, _) -> {
                outputs.resume(request);
                applied(command);
            }
            case ReplicaCommand.Release(var request, _) -> {
                outputs.release(request);
                applied(command);
            }
            case ReplicaCommand.WriteKv write -> write(write);
            default -> applied(command);
        }
    }

    private void write(ReplicaCommand.WriteKv command) {
        boolean isAnswered = false;
        try {
            if (kv.takes(command.copy())) {
                applied(command);
                isAnswered = true;
            }
        } finally {
            if (!isAnswered) { // The sender waits for the answer before it sends more.
                clients.apply(command.request()).moved(ReplicaEvent.KvWritten.of(command));
            }
        }
    }

    private void applied(ReplicaCommand command) {
        var events = state.apply(command, clock.getAsDouble());
        publish(); // Whoever is told of an event finds its effect.
        handle(events);
    }

    /** Takes a sequence, whose text may have to be found from its tokens. */
    private void take(ReplicaCommand.Import imported, @Nullable Constraint constraint) {
        var sequence = imported.sequence();
        if (!sequence.lacksText()) {
            start(sequence, imported, constraint);
            return;
        }
        var texts = RequestOutput.texts(sequence, model.texts());
        switch (sequence.replay(texts, model.endTokens())) {
            case SequenceState.Replayed.Unfinished(var whole) ->
                    start(
                            whole,
                            new ReplicaCommand.Import(whole, imported.epoch(), imported.atOnce()),
                            constraint);
            case SequenceState.Replayed.Complete(var end) ->
                    clients.apply(sequence.request().id()).on(end);
        }
    }

    private void start(
            SequenceState sequence, ReplicaCommand command, @Nullable Constraint constraint) {
        var request = sequence.request().id();
        if (outputs.has(request)) {
            log.error("Request {} came twice; the second one is not served", request);
            return;
        }
        RequestOutput output;
        try {
            output = RequestOutput.resume(sequence, model.endTokens(), model.texts(), constraint);
        } catch (ArithmeticException e) {
            // The client's constraint is the reason, not the server.
            log.info("Request {} cannot go on: {}", request, e.getMessage());
            clients.apply(request)
                    .on(new Failed(FailureCode.NO_TOKEN_POSSIBLE, String.valueOf(e.getMessage())));
            return;
        } catch (RuntimeException | Error e) {
            log.error("Replica {} cannot start request {}", settings.id(), request, e);
            clients.apply(request)
                    .on(
                            new Failed(
                                    FailureCode.REPLICA_FAULT,
                                    "The engine could not start the request; see the server's log"));
            return;
        }
        outputs.add(request, output);
        applied(command);
    }

    /**
     * Plans, computes and completes one step.
     *
     * @return whether it was computed; else its sequences have failed, or all of the replica's
     * @throws DeviceLostException if the device computes nothing more; no sequence has failed
     */
    boolean step() {
        PlannedStep planned;
        try {
            decideRules();
            planned = state.plan(clock.getAsDouble());
            handle(planned.events());
            kv.stepping();
            status.stepping(planned.predicted());
        } catch (RuntimeException | Error e) {
            failAll("The engine could not plan a step; see the server's log", e);
            return false;
        }
        try {
            var result = runner.run(planned);
            report();
            handle(state.complete(planned, result, clock.getAsDouble()));
            publish();
            return result instanceof StepResult.Computed;
        } catch (DeviceLostException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            failAll("The engine could not complete a step; see the server's log", e);
            return false;
        }
    }

    /** Tells the state which of the adapters it asked for may be merged, once that is known. */
    private void decideRules() {
        if (undecided.isEmpty() || !state.settings().policy().mayMerge()) {
            return; // Asking may start a measurement.
        }
        undecided.removeIf(id -> {
            var terms = adapters.get(id);
            if (terms == null) {
                return true;
            }
            boolean isFinal = terms.areRulesFinal(); // Before the rules: it may become so.
            applied(new ReplicaCommand.SetMergeRules(id, terms.rules()));
            return isFinal;
        });
    }

    /** Fails all sequences; a state that cannot even do that is replaced. */
    void failAll(String message, @Nullable Throwable cause) {
        if (cause != null) {
            log.error("Replica {}: {}", settings.id(), message, cause);
        }
        fail(cause == null ? FailureCode.SHUTTING_DOWN : FailureCode.REPLICA_FAULT, message);
    }

    private void fail(FailureCode code, String message) {
        try {
            failAll(code, message);
        } finally {
            for (var request : outputs.clear()) {
                clients.apply(request).on(new Failed(code, message));
            }
            publish();
        }
    }

    private void failAll(FailureCode code, String message) {
        try {
            applied(new ReplicaCommand.FailAll(code, message));
            report();
            state.verify();
        } catch (RuntimeException | Error e) {
            log.error("Replica {} begins again without its sequences", settings.id(), e);
            state = state.restarted();
            report();
        }
    }

    /** Handles all events, also after one that fails. */
    private void handle(List<ReplicaEvent> events) {
        Throwable failure = null;
        for (var event : events) {
            try {
                handle(event);
            } catch (RuntimeException | Error e) {
                failure = failure == null ? e : failure;
            }
        }
        switch (failure) {
            case null -> {}
            case Error e -> throw e;
            case RuntimeException e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }

    private void handle(ReplicaEvent event) {
        switch (event) {
            case ReplicaEvent.Generated(var request, _, var told) -> tell(request, told);
            case ReplicaEvent.Refused(var request, _, var failed) -> tell(request, failed);
            case ReplicaEvent.Preempted(var request) -> {
                observer.preempted();
                clients.apply(request).preempted();
            }
            case ReplicaEvent.Began(var request, var tokens, var cached) -> {
                observer.began(tokens, cached);
                clients.apply(request).began(System.nanoTime());
            }
            case ReplicaEvent.Served(var adapter, var rows) -> observer.served(adapter, rows);
            case ReplicaEvent.StepEnded(var step) -> {
                status.record(step);
                observer.ran(step);
            }
            case ReplicaEvent.MergeRulesWanted(var id) -> undecided.add(id);
            case ReplicaEvent.BuildWeights(var target, var seconds) -> {
                weights.build(target, seconds);
                report();
            }
            case ReplicaEvent.ReleaseWeights(var all) -> {
                weights.release(all);
                report();
            }
            case ReplicaEvent.AdapterUnloaded(var id) -> {
                try {
                    unloaded(id);
                } finally {
                    others.accept(event); // Whoever waits for it must not wait for ever.
                }
            }
            case ReplicaEvent.Imported imported -> moved(kv.timed(imported));
            case ReplicaEvent.Move move -> {
                outputs.moved(move);
                moved(move);
            }
            case ReplicaEvent.ReadKv read -> moved(kv.read(read));
            case ReplicaEvent.StoreKv(var blocks, var contents) -> kv.store(blocks, contents);
            case ReplicaEvent.WithholdKvBlocks(var blocks) ->
                    model.runner().cache().ifPresent(cache -> cache.withhold(blocks));
            case ReplicaEvent.RestoreKvBlocks(var blocks) ->
                    model.runner().cache().ifPresent(cache -> cache.restore(blocks));
            case ReplicaEvent.KvCacheResized _,
                    ReplicaEvent.AdapterLoaded _,
                    ReplicaEvent.AdapterRefused _,
                    ReplicaEvent.Scheduled _ ->
                    others.accept(event);
        }
    }

    private void tell(String request, GenerationEvent event) {
        if (event.isLast()) {
            outputs.remove(request);
        }
        clients.apply(request).on(event);
    }

    private void moved(ReplicaEvent.Move move) {
        clients.apply(move.request()).moved(move);
    }

    private void unloaded(String id) {
        weights.forget(id);
        adapters.remove(id);
        runner.forgetGroups();
        report();
    }

    /** Reports the state of the weights to the replica's state. */
    private void report() {
        do {
            report(weights.report());
        } while (weights.hasNews());
    }

    private void report(WeightReport report) {
        var build = report.build();
        if (build != null) {
            observer.built(build.outcome(), build.seconds());
        }
        applied(new ReplicaCommand.ReportWeights(report));
    }

    private void publish() {
        status.publish(state);
    }

    /** See {@link ReplicaState#verify}. */
    boolean verify() {
        return state.verify();
    }
}
