package org.dlora.engine;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.DoubleSupplier;
import org.dlora.engine.GenerationEvent.Failed;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.cost.CostError;
import org.dlora.scheduling.cost.FittedCosts;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state machine of a replica: sequences come in, steps run, events go out. Single-threaded;
 * only {@link #load} and {@link #scheduling} may be read by others. Each sequence gets exactly one
 * last event, and holds nothing any more when it is told. Listeners must neither throw anything nor
 * call the engine.
 */
final class Engine {
    private static final Logger log = LoggerFactory.getLogger(Engine.class);

    private final ReplicaSettings settings;
    private final ReplicaModel model;
    private final Map<String, AdapterTerms> adapters;
    private final AdapterAccounts accounts;
    private final LearnedCosts costs = new LearnedCosts();
    private final WeightSwitch weights;
    private final StepPlanner planner;
    private final Sequences sequences;
    private final TokenPicker picker;
    private final DecisionLog decisions = new DecisionLog();
    private final ModeNews modeNews = new ModeNews();
    private final EngineObserver observer;
    private final DoubleSupplier clock;
    private AdapterGroups groups;
    private long arrivals;
    private long steps;
    private volatile SchedulingSettings scheduling;
    private volatile MergeView merge;
    private volatile long copyBytes;
    private volatile ReplicaLoad load;

    Engine(
            ReplicaSettings settings,
            ReplicaModel model,
            SchedulingSettings scheduling,
            EngineObserver observer) {
        this(settings, model, scheduling, observer, () -> 1e-9 * System.nanoTime());
    }

    /**
     * @param clock seconds since some fixed moment
     */
    Engine(
            ReplicaSettings settings,
            ReplicaModel model,
            SchedulingSettings scheduling,
            EngineObserver observer,
            DoubleSupplier clock) {
        this.scheduling = scheduling;
        this.observer = observer;
        this.clock = clock;
        this.settings = settings;
        this.model = model;
        adapters = new HashMap<>(model.adapters());
        groups = new AdapterGroups(adapters);
        accounts = new AdapterAccounts(adapters);
        sequences = new Sequences(settings.kvBlocks(), accounts, settings.prefixCache());
        weights = new WeightSwitch(model.runner().merge(), accounts, costs, observer, clock);
        merge = weights.view(scheduling.merge().share());
        planner =
                new StepPlanner(
                        scheduling,
                        settings.limits(),
                        sequences,
                        accounts,
                        weights,
                        costs,
                        observer);
        picker = new TokenPicker(model.runner());
        load = sequences.load(settings.id());
    }

    ReplicaLoad load() {
        return load;
    }

    /** From the next step on. */
    void schedule(SchedulingSettings other) {
        planner.change(other);
        scheduling = other;
    }

    /** What it goes by. */
    SchedulingSettings scheduling() {
        return scheduling;
    }

    /** May be read by others. */
    SchedulingReport scheduling(int lastSteps) {
        return new SchedulingReport(
                settings.id(),
                scheduling.policy().name(),
                scheduling.slo(),
                scheduling.weights(),
                merge,
                clock.getAsDouble(),
                decisions.latest(lastSteps));
    }

    /** From now on costs are known. */
    void calibrate(FittedCosts measured) {
        costs.calibrate(measured);
    }

    /** Of costs that have been measured; null before. May be read by others. */
    @Nullable CostError costError() {
        var fitted = costs.fitted();
        return fitted == null ? null : fitted.error();
    }

    /** What its weights hold, and how far merging is. May be read by others. */
    MergeView merge() {
        return merge;
    }

    /** Bytes of copies of weights, in use for merging or kept. May be read by others. */
    long copyBytes() {
        return copyBytes;
    }

    /** Idle for long: gives copies of weights back. */
    void releaseCopies() {
        weights.releaseAll();
        publish();
    }

    private void publish() {
        merge = weights.view(scheduling.merge().share());
        copyBytes = weights.copyBytes();
    }

    boolean isIdle() {
        return sequences.isEmpty();
    }

    /** Those that requests may name, by id. */
    Map<String, AdapterTerms> adapters() {
        return Collections.unmodifiableMap(adapters);
    }

    void load(String adapter, AdapterTerms terms) {
        adapters.put(adapter, terms);
        accounts.open(adapter, terms);
    }

    /**
     * Forgets an adapter that no sequence {@link #uses}, and what is cached of it unless another
     * one has the same content.
     */
    void unload(String adapter) {
        weights.forget(adapter);
        publish();
        var content = content(adapter);
        adapters.remove(adapter);
        accounts.close(adapter);
        groups = new AdapterGroups(adapters);
        if (adapters.keySet().stream().noneMatch(other -> content.equals(content(other)))) {
            sequences.forget(content);
        }
    }

    private String content(String adapter) {
        var terms = adapters.get(adapter);
        return terms == null ? adapter : terms.content().orElse(adapter);
    }

    /** Drops all that is cached and not in use. */
    void forgetCache() {
        sequences.forgetAll();
    }

    boolean uses(String adapter) {
        return sequences.all().stream().anyMatch(s -> adapter.equals(s.adapter()));
    }

    void submit(GenerationRequest request, GenerationListener listener) {
        if (sequences.ofRequest(request.id()) != null) {
            var failed = new Failed("A request with id " + request.id() + " is unfinished");
            listener.on(failed);
            return;
        }
        if (request.adapter() != null && !adapters.containsKey(request.adapter())) {
            var failed = new Failed("Adapter " + request.adapter() + " has been unloaded");
            listener.on(failed);
            return;
        }
        try {
            sequences.add(sequence(request, listener));
            load = sequences.load(settings.id());
        } catch (RuntimeException | Error e) {
            log.error("Replica {} cannot start request {}", settings.id(), request.id(), e);
            var failed = new Failed("The engine could not start the request; see the server's log");
            listener.on(failed);
        }
    }

    private Sequence sequence(GenerationRequest request, GenerationListener listener) {
        var endTokens = model.endTokens();
        var text = model.texts().open(request.textBefore(), request.skipSpecialTokens());
        var output = new Output(request, text, endTokens, settings.maxSequenceLength());
        var sampling = new SamplingState(request, endTokens);
        return new Sequence(
                arrivals++,
                clock.getAsDouble(),
                request,
                listener,
                sampling,
                output,
                settings.prefixCache(),
                request.adapter() == null ? null : content(request.adapter()));
    }

    void cancel(String requestId) {
        var sequence = sequences.ofRequest(requestId);
        if (sequence != null) {
            end(sequence, sequence.output().cancelled());
        }
    }

    /**
     * Plans, runs and samples one step.
     *
     * @return whether it was computed; else its sequences have failed, or all if none could be
     *     planned
     */
    boolean step() {
        double began = clock.getAsDouble();
        PlannedStep planned;
        StepBatch batch;
        try {
            planned = planner.plan(began);
            batch = StepBuilder.build(planned.runs(), adapters, groups);
            groups = batch.lora();
        } catch (RuntimeException e) {
            failAll("The engine could not plan a step; see the server's log", e);
            return false;
        }
        TokenPicker.Pick[] picks;
        try {
            weights.enter(planned.mode());
            model.runner().forward(batch.rows(), batch.lora(), batch.logitRowArray());
            picks = picker.pick(batch);
        } catch (RuntimeException | Error e) {
            log.error("A step of replica {} failed", settings.id(), e);
            var failed = new Failed("The engine could not compute a step; see the server's log");
            batch.sequences().forEach(sequence -> end(sequence, failed));
            publish();
            return false;
        }
        batch.shares().forEach(share -> complete(share, picks));
        load = sequences.load(settings.id());
        double seconds = clock.getAsDouble() - began;
        costs.ran(planned.shape(), seconds);
        record(planned, batch, began, seconds);
        weights.build(planned.target(), scheduling.merge(), seconds, scheduling.slo().tpot());
        weights.release(scheduling.merge());
        publish();
        return true;
    }

    private void record(PlannedStep planned, StepBatch batch, double began, double seconds) {
        var decision = planned.decision();
        if (!decision.mode().equals(merge.mode())) {
            modeNews.changed(merge.mode(), decision.mode(), decision.why(), began)
                    .ifPresent(line -> log.info("Replica {} {}", settings.id(), line));
        }
        var step =
                new RecordedStep(
                        ++steps,
                        began,
                        seconds,
                        planned.predicted(),
                        planned.shape(),
                        batch.shares().size(),
                        batch.rows().rows(),
                        batch.rowsBeside(decision.mode()),
                        decision);
        decisions.add(step);
        observer.ran(step);
    }

    /** Ends all sequences. */
    void failAll(String message, @Nullable Throwable cause) {
        if (cause != null) {
            log.error("Replica {}: {}", settings.id(), message, cause);
        }
        sequences.all().forEach(s -> end(s, new Failed(message)));
    }

    /** See {@link Sequences#verify}. */
    boolean verify() {
        sequences.verify();
        return true;
    }

    private void complete(StepBatch.Share share, TokenPicker.Pick[] picks) {
        var sequence = share.sequence();
        try {
            sequences.advance(sequence, share.rows());
            observer.served(sequence.adapter(), share.rows());
            for (int i = 0; i < share.promptLogits(); i++) {
                var report = succeeded(picks[share.firstLogits() + i]).logprobs();
                sequence.promptLogprobs().add(Objects.requireNonNull(report));
            }
            if (share.samples()) {
                add(sequence, succeeded(picks[share.firstLogits() + share.promptLogits()]));
            }
        } catch (ArithmeticException e) {
            fail(sequence, Objects.toString(e.getMessage()), e);
        } catch (RuntimeException | Error e) {
            fail(sequence, "The engine could not sample the next token; see the server's log", e);
        }
    }

    private static TokenPicker.Pick succeeded(TokenPicker.Pick pick) {
        return switch (pick.failure()) {
            case null -> pick;
            case Error e -> throw e;
            case RuntimeException e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        };
    }

    private void add(Sequence sequence, TokenPicker.Pick pick) {
        var listener = sequence.listener();
        if (sequence.output().count() == 0 && sequence.promptLogprobs().wanted()) {
            listener.on(sequence.promptLogprobs().toEvent());
        }
        listener.on(sequence.add(pick.token(), pick.logprobs()));
        var finished = sequence.output().finished();
        if (finished != null) {
            accounts.of(sequence.adapter()).answered(sequence.output().count());
            end(sequence, finished);
        }
    }

    private void fail(Sequence sequence, String message, Throwable cause) {
        log.error("Request {} failed on replica {}", sequence.request().id(), settings.id(), cause);
        end(sequence, new Failed(message));
    }

    private void end(Sequence sequence, GenerationEvent last) {
        if (sequences.contains(sequence)) {
            sequences.remove(sequence);
            load = sequences.load(settings.id());
            sequence.listener().on(last);
        }
    }
}
