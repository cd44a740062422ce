package org.dlora.engine;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.background.LastingWork;
import org.dlora.device.Device;
import org.dlora.device.KvCache;
import org.dlora.engine.ReplicaMessage.Close;
import org.dlora.engine.ReplicaMessage.Command;
import org.dlora.engine.ReplicaMessage.Load;
import org.dlora.engine.ReplicaMessage.WarmUp;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.engine.delivery.Outbox;
import org.dlora.engine.delivery.Subscriptions;
import org.dlora.engine.merging.AdapterFacts;
import org.dlora.engine.merging.CopyMemory;
import org.dlora.engine.merging.MergePermits;
import org.dlora.engine.meters.ReplicaMetrics;
import org.dlora.engine.meters.RequestMeter;
import org.dlora.engine.weights.AdapterTerms;
import org.dlora.model.BaseModel;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.replica.ActiveAdapters;
import org.dlora.replica.ReplicaCommand;
import org.dlora.replica.ReplicaCommand.Submit;
import org.dlora.replica.ReplicaEvent;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.scheduling.SloLimits;
import org.jspecify.annotations.Nullable;

/**
 * A replica that serves: a thread with a mailbox around an {@link Engine}. Messages are handled
 * between two steps; the thread sleeps while there is nothing to do. Its {@link Outbox} delivers
 * the events while the next step runs. Thread-safe.
 */
public final class Replica implements WatchedReplica {
    private final ReplicaSettings settings;
    private final ReplicaModel model;
    private final Engine engine;
    private final RequestRules rules;
    private final Function<AdapterWeights, AdapterTerms> facts;
    private final String kind;
    private final ReplicaMetrics metrics;
    private final LoadedAdapters adapters;
    private final Outbox outbox;
    private final Mailbox mailbox = new Mailbox();
    private final Subscriptions subscriptions = new Subscriptions(this::cancel);
    private final SettingsUpdates updates = new SettingsUpdates(this::post);
    private final AtomicInteger submitted = new AtomicInteger();
    private final ReplicaKv kv;
    private final ServingLoop loop;
    private final Thread thread;

    /** Steps after which nobody waits for it; made ahead, as there may be no memory left then. */
    private final Runnable end;

    /** A replica with meters of its own. */
    public Replica(
            ReplicaSettings settings,
            BaseModel model,
            DecoderWeights weights,
            Device device,
            int threads,
            Map<String, AdapterWeights> adapters,
            MergePermits permits,
            SchedulingSettings scheduling,
            MeterRegistry metrics) {
        this(
                settings,
                model,
                weights,
                device,
                threads,
                adapters,
                permits,
                scheduling,
                new ReplicaMetrics(metrics, settings.id()),
                CopyMemory.upTo(settings.mergeBytes()));
    }

    /**
     * Allocates the KV cache and buffers of a replica; model, weights and adapters stay their
     * owner's and must outlive it.
     *
     * @param threads CPU threads, 0 = the device's choice
     * @param adapters by id, as with {@link #load}
     * @param permits says which of them may be merged
     * @param copies memory for copies of merged weights
     * @param metrics the meters of the replica's id, which go on where an earlier replica of that
     *     id has left them
     */
    public Replica(
            ReplicaSettings settings,
            BaseModel model,
            DecoderWeights weights,
            Device device,
            int threads,
            Map<String, AdapterWeights> adapters,
            MergePermits permits,
            SchedulingSettings scheduling,
            ReplicaMetrics metrics,
            CopyMemory copies) {
        this(
                settings,
                ReplicaModel.open(
                        settings, model, weights, device, threads, adapters, permits, copies),
                new AdapterFacts(model.spec(), weights, permits, settings.mergeBytes())::of,
                "%s with %d threads".formatted(device.name(), threads),
                scheduling,
                metrics);
        adapters.forEach((id, adapter) -> metrics.loaded(id, adapter.name()));
    }

    Replica(
            ReplicaSettings settings,
            ReplicaModel model,
            SchedulingSettings scheduling,
            MeterRegistry registry) {
        this(settings, model, scheduling, new ReplicaMetrics(registry, settings.id()));
    }

    Replica(
            ReplicaSettings settings,
            ReplicaModel model,
            SchedulingSettings scheduling,
            ReplicaMetrics metrics) {
        this(settings, model, weights -> weights::terms, "", scheduling, metrics);
    }

    private Replica(
            ReplicaSettings settings,
            ReplicaModel model,
            Function<AdapterWeights, AdapterTerms> facts,
            String kind,
            SchedulingSettings scheduling,
            ReplicaMetrics metrics) {
        this.facts = facts;
        this.kind = kind;
        this.settings = settings;
        this.model = model;
        this.metrics = metrics;
        adapters = new LoadedAdapters(model.adapters().keySet(), metrics);
        outbox = new Outbox(settings.id(), subscriptions::of);
        engine =
                new Engine(
                        settings,
                        model,
                        scheduling,
                        metrics,
                        outbox::of,
                        this::on,
                        () -> 1e-9 * System.nanoTime());
        engine.withhold(settings.withheldBlocks());
        engine.forgetCache(); // So its status says how many blocks are usable.
        kv = new ReplicaKv(model.runner().cache(), engine.status(), this::post);
        rules =
                new RequestRules(
                        settings, adapters.open(), model.runner().vocabSize(), model.constraints());
        loop = new ServingLoop(settings, model, engine, mailbox, outbox, this::handled, this::fail);
        thread = Thread.ofPlatform().name("replica-" + settings.id()).unstarted(this::serve);
        var cause = new IllegalStateException(Mailbox.CLOSED);
        end =
                LastingWork.each(
                        thread.getName(),
                        () -> engine.failAll(Mailbox.CLOSED, null),
                        () -> mailbox.drain().forEach(message -> refuse(message, cause)),
                        // After the messages, whose senders registered before they posted them.
                        () -> adapters.end(cause),
                        () -> updates.end(cause),
                        kv::end,
                        outbox::close,
                        model.runner()::close);
    }

    /** Starts serving; once. */
    public void start() {
        metrics.watchLoad(this::load);
        metrics.watchEngine(engine.status());
        outbox.start();
        thread.start();
    }

    /** Warms up on the replica's thread; to be called after {@link #start}. */
    @Override
    public void warmUp(Runnable goOn) {
        if (thread.getState() == Thread.State.NEW) {
            throw new IllegalStateException("Replica " + id() + " must be started first");
        }
        var done = new CompletableFuture<Void>();
        mailbox.post(new WarmUp(goOn, done));
        done.join();
    }

    @Override
    public String id() {
        return settings.id();
    }

    @Override
    public void submit(GenerationRequest request, GenerationListener client) {
        rules.check(request);
        var seeded = request.withSeed(ThreadLocalRandom.current().nextLong());
        var command = new Command(new Submit(seeded), rules.constraint(request));
        subscribe(request.id(), command, client, meter(request));
    }

    /** Returns the meter of a request; null if no client waits for it. */
    private @Nullable RequestMeter meter(GenerationRequest request) {
        return request.background()
                ? null
                : metrics.meter(request.adapter(), request.prompt().length, this::slo);
    }

    @Override
    public void take(ReplicaCommand.Import sequence, GenerationListener client) {
        var state = sequence.sequence();
        var meter = meter(state.request());
        subscribe(
                state.request().id(),
                new Command(sequence, rules.constraint(state.request())),
                client,
                meter == null ? null : meter.resumed(state.age(), state.output().length));
    }

    @Override
    public void takeBack(ReplicaCommand.Resume sequence, GenerationListener client) {
        subscribe(sequence.request(), new Command(sequence), client, null);
    }

    /** Posts a command that brings a request, whose events {@code client} gets. */
    private void subscribe(
            String request,
            Command command,
            GenerationListener client,
            @Nullable RequestMeter meter) {
        if (!subscriptions.add(request, client, meter)) {
            throw new IllegalArgumentException(Engine.duplicate(request).message());
        }
        submitted.incrementAndGet();
        try {
            mailbox.post(command);
        } catch (IllegalStateException e) {
            submitted.decrementAndGet();
            subscriptions.remove(request);
            throw e;
        }
    }

    @Override
    public void write(ReplicaCommand.WriteKv copies, GenerationListener listener) {
        subscriptions.addWrite(copies.request(), listener);
        try {
            post(copies);
        } catch (IllegalStateException e) {
            subscriptions.endWrite(copies.request());
            throw e;
        }
    }

    @Override
    public void tell(ReplicaCommand move) {
        mailbox.tell(new Command(move));
    }

    @Override
    public void check(GenerationRequest request) {
        rules.checkBesideAdapter(request);
        var _ = rules.constraint(request);
    }

    private SloLimits slo() {
        return engine.status().settings().slo();
    }

    private void post(ReplicaCommand command) {
        mailbox.post(new Command(command));
    }

    @Override
    public CompletableFuture<Void> load(String id, AdapterWeights weights) {
        return load(id, weights.name(), facts.apply(weights));
    }

    CompletableFuture<Void> load(String id, String name, AdapterTerms terms) {
        var done = adapters.load(id, name);
        if (done.isDone()) {
            return done;
        }
        try {
            mailbox.post(new Load(id, terms));
        } catch (IllegalStateException e) {
            adapters.fail(id, e);
        }
        return done;
    }

    @Override
    public CompletableFuture<Void> evict(String id) {
        return leave(adapters.leave(id, false), new ReplicaCommand.EvictAdapter(id));
    }

    @Override
    public CompletableFuture<Void> unload(String id) {
        return leave(adapters.leave(id, true), new ReplicaCommand.UnloadAdapter(id));
    }

    private CompletableFuture<Void> leave(CompletableFuture<Void> done, ReplicaCommand command) {
        try {
            post(command);
        } catch (IllegalStateException _) {
            done.complete(null); // It has ended, so it reads nothing any more.
        }
        return done;
    }

    @Override
    public CompletableFuture<Void> schedule(SchedulingSettings other) {
        return updates.begin(other);
    }

    /** Takes an event that concerns neither a client nor the engine. */
    private void on(ReplicaEvent event) {
        if (event instanceof ReplicaEvent.Scheduled(var number)) {
            updates.applied(number);
        } else if (event instanceof ReplicaEvent.KvCacheResized resized) {
            kv.on(resized);
        } else {
            adapters.on(event);
        }
    }

    @Override
    public SchedulingReport scheduling(int lastSteps) {
        return engine.status().report(lastSteps);
    }

    @Override
    public void cancel(String requestId) {
        if (subscriptions.has(requestId)) {
            mailbox.tell(new Command(new ReplicaCommand.Cancel(requestId)));
        }
    }

    @Override
    public ReplicaLoad load() {
        var load = engine.status().load();
        int waiting = load.waiting() + submitted.get();
        return new ReplicaLoad(
                load.id(), load.running(), waiting, load.freeBlocks(), load.totalBlocks());
    }

    @Override
    public ReplicaFigures figures() {
        var status = engine.status();
        return new ReplicaFigures(kind, status.costs(), settings.limits(), status.mode());
    }

    @Override
    public LoraFacts lora(String id) {
        var terms = engine.adapters().get(id);
        return terms == null ? LoraFacts.NONE : terms.lora();
    }

    @Override
    public KvMemory kv() {
        return kv;
    }

    @Override
    public CopyStatus copies() {
        return engine.status().copies();
    }

    @Override
    public void releaseCopies(boolean all) {
        mailbox.tell(new Command(new ReplicaCommand.ReleaseCopies(all)));
    }

    @Override
    public ActiveAdapters activeAdapters() {
        return engine.status().activeAdapters();
    }

    @Override
    public boolean has(String requestId) {
        return subscriptions.has(requestId);
    }

    @Override
    public Heartbeat heartbeat() {
        return engine.status().heartbeat();
    }

    @Override
    public double processorSeconds() {
        return ProcessorTime.seconds(thread);
    }

    @Override
    public String stackTrace() {
        return Arrays.stream(thread.getStackTrace())
                .map(frame -> "    at " + frame)
                .collect(Collectors.joining("\n"));
    }

    @Override
    public long bytes() {
        return model.runner().cache().map(KvCache::bytes).orElse(0L);
    }

    /** Returns whether it takes requests: started, and neither closed nor ended by a defect. */
    @Override
    public boolean isServing() {
        return thread.isAlive() && !mailbox.isClosed();
    }

    /**
     * Fails what is unfinished, ends the threads and frees the replica's device memory; waits for
     * it, and until all is told, unless a thread of the replica asks.
     */
    @Override
    public void close() {
        mailbox.tell(new Close());
        var asking = Thread.currentThread();
        if (asking == thread || asking == outbox.thread()) {
            return;
        }
        if (thread.getState() == Thread.State.NEW) {
            shutDown();
        }
        join(thread);
        join(outbox.thread());
    }

    private void serve() {
        try {
            loop.run();
        } finally {
            shutDown();
        }
    }

    private void handled(ReplicaCommand command) {
        switch (command) {
            case Submit _, ReplicaCommand.Import _, ReplicaCommand.Resume _ ->
                    submitted.decrementAndGet();
            default -> {}
        }
    }

    /** Tells whoever waits for the command, unless an event has done so. */
    private void fail(ReplicaMessage message, Throwable cause) {
        switch (message) {
            case Command(ReplicaCommand.Schedule(var number, _), _) -> updates.fail(number, cause);
            case Load(var id, _) -> adapters.fail(id, cause);
            default -> {}
        }
    }

    private synchronized void shutDown() {
        if (mailbox.isClosed()) {
            return;
        }
        mailbox.close();
        end.run();
    }

    private void refuse(ReplicaMessage message, IllegalStateException cause) {
        switch (message) {
            case Command(Submit(var request), _) -> refuse(request.id());
            case Command(ReplicaCommand.Import(var sequence, _, _), _) ->
                    refuse(sequence.request().id());
            case Command(ReplicaCommand.Resume(var request, _, _), _) -> refuse(request);
            case Command(ReplicaCommand.WriteKv write, _) ->
                    outbox.of(write.request()).moved(ReplicaEvent.KvWritten.of(write));
            case WarmUp warmUp -> warmUp.done().completeExceptionally(cause);
            case Command _, Load _, Close _ -> {}
        }
    }

    private void refuse(String request) {
        submitted.decrementAndGet();
        outbox.of(request).on(new Failed(FailureCode.SHUTTING_DOWN, Mailbox.CLOSED));
    }

    // Through interrupts: after close the owner frees weights that a step may still read.
    private static void join(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
