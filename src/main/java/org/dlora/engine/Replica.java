package org.dlora.engine;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.dlora.adapter.AdapterWeights;
import org.dlora.device.Device;
import org.dlora.engine.ReplicaMessage.Cancel;
import org.dlora.engine.ReplicaMessage.Close;
import org.dlora.engine.ReplicaMessage.Load;
import org.dlora.engine.ReplicaMessage.Schedule;
import org.dlora.engine.ReplicaMessage.Submit;
import org.dlora.engine.ReplicaMessage.Unload;
import org.dlora.engine.ReplicaMessage.WarmUp;
import org.dlora.model.BaseModel;
import org.dlora.model.DecoderWeights;
import org.dlora.scheduling.ReplicaLoad;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One replica: a thread with a mailbox around an {@link Engine}. Everything asked of it is a
 * message, handled between two steps; it sleeps while there is nothing to do. What it has to tell
 * goes out by its {@link Outbox} while the next step runs. All methods are thread-safe.
 */
public final class Replica implements ReplicaRef {
    private static final Logger log = LoggerFactory.getLogger(Replica.class);

    private final ReplicaSettings settings;
    private final ReplicaModel model;
    private final Engine engine;
    private final RequestRules rules;
    private final Function<AdapterWeights, AdapterTerms> facts;
    private final ReplicaMetrics metrics;
    private final LoadedAdapters adapters;
    private final Outbox outbox;
    private final Mailbox mailbox = new Mailbox();
    private final AtomicInteger unfinished = new AtomicInteger();
    private final Thread thread;
    private boolean open = true;

    /**
     * Allocates the KV cache and buffers of a replica; model, weights and adapters stay their
     * owner's and must outlive it.
     *
     * @param threads CPU threads, 0 = the device's choice
     * @param adapters by id, as with {@link #load}
     * @param permits says which of them may be merged
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
            MeterRegistry metrics) {
        this(
                settings,
                ReplicaModel.open(settings, model, weights, device, threads, adapters, permits),
                new AdapterFacts(model.spec(), weights, permits, settings.mergeBytes())::of,
                scheduling,
                metrics);
        adapters.forEach((id, adapter) -> this.metrics.loaded(id, adapter.name()));
    }

    Replica(
            ReplicaSettings settings,
            ReplicaModel model,
            SchedulingSettings scheduling,
            MeterRegistry registry) {
        this(settings, model, weights -> weights::terms, scheduling, registry);
    }

    private Replica(
            ReplicaSettings settings,
            ReplicaModel model,
            Function<AdapterWeights, AdapterTerms> facts,
            SchedulingSettings scheduling,
            MeterRegistry registry) {
        this.facts = facts;
        this.settings = settings;
        this.model = model;
        metrics = new ReplicaMetrics(registry, settings.id());
        engine = new Engine(settings, model, scheduling, metrics);
        adapters = new LoadedAdapters(engine, metrics);
        rules = new RequestRules(settings, adapters.open(), model.runner().vocabSize());
        outbox = new Outbox(settings.id(), this::cancel);
        thread = Thread.ofPlatform().name("replica-" + settings.id()).unstarted(this::serve);
    }

    /** Starts serving; once. */
    public void start() {
        metrics.watch(this);
        metrics.watch(engine);
        outbox.start();
        thread.start();
    }

    /**
     * Runs real steps until they are fast, for some seconds at most; to be called after {@link
     * #start} and before requests.
     *
     * @param goOn called between steps, on the replica's thread; what it throws ends the warm-up
     * @throws java.util.concurrent.CancellationException if {@code goOn} throws one
     * @throws java.util.concurrent.CompletionException if a step fails
     */
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
    public void submit(GenerationRequest request, GenerationListener listener) {
        rules.check(request);
        var told =
                outbox.to(
                        request.id(),
                        metrics.observe(request, listener, () -> engine.scheduling().slo()));
        unfinished.incrementAndGet();
        try {
            mailbox.post(
                    new Submit(
                            request,
                            event -> {
                                if (event.isLast()) {
                                    unfinished.decrementAndGet();
                                }
                                told.on(event);
                            }));
        } catch (IllegalStateException e) {
            unfinished.decrementAndGet();
            throw e;
        }
    }

    @Override
    public CompletableFuture<Void> load(String id, AdapterWeights weights) {
        return load(id, weights.name(), facts.apply(weights));
    }

    CompletableFuture<Void> load(String id, String name, AdapterTerms terms) {
        var done = new CompletableFuture<Void>();
        try {
            mailbox.post(new Load(id, name, terms, done));
        } catch (IllegalStateException e) {
            done.completeExceptionally(e);
        }
        return done;
    }

    @Override
    public CompletableFuture<Void> unload(String id) {
        adapters.refuse(id);
        var done = new CompletableFuture<Void>();
        try {
            mailbox.post(new Unload(id, done));
        } catch (IllegalStateException _) {
            done.complete(null); // It has ended, so it reads nothing any more.
        }
        return done;
    }

    @Override
    public CompletableFuture<Void> schedule(SchedulingSettings other) {
        var done = new CompletableFuture<Void>();
        try {
            mailbox.post(new Schedule(other, done));
        } catch (IllegalStateException e) {
            done.completeExceptionally(e);
        }
        return done;
    }

    @Override
    public SchedulingReport scheduling(int lastSteps) {
        return engine.scheduling(lastSteps);
    }

    @Override
    public void cancel(String requestId) {
        mailbox.tell(new Cancel(requestId));
    }

    @Override
    public ReplicaLoad load() {
        var load = engine.load();
        int waiting = Math.max(0, unfinished.get() - load.running());
        return new ReplicaLoad(
                load.id(), load.running(), waiting, load.freeBlocks(), load.totalBlocks());
    }

    /** Whether it takes requests: started, and neither closed nor ended by a defect. */
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
            while (open) {
                receive();
                outbox.send();
                if (!engine.isIdle()) {
                    engine.step();
                    assert engine.verify();
                }
                outbox.send();
                adapters.settle();
            }
        } catch (InterruptedException e) {
            log.warn("Replica {} was interrupted and ends", settings.id());
        } catch (RuntimeException | Error e) {
            log.error("Replica {} has a defect and ends", settings.id(), e);
        } finally {
            shutDown();
        }
    }

    /** Handles all messages; waits for one if there is nothing to run. */
    private void receive() throws InterruptedException {
        if (engine.isIdle()) {
            assert engine.verify();
            handle(next());
        }
        for (var message = mailbox.poll(); message != null && open; message = mailbox.poll()) {
            handle(message);
        }
    }

    private ReplicaMessage next() throws InterruptedException {
        if (engine.copyBytes() > 0) {
            var soon = mailbox.poll(engine.scheduling().merge().keep());
            if (soon != null) {
                return soon;
            }
            engine.releaseCopies();
        }
        return mailbox.take();
    }

    private void handle(ReplicaMessage message) {
        switch (message) {
            case Submit submit -> engine.submit(submit.request(), submit.listener());
            case Cancel cancel -> engine.cancel(cancel.id());
            case Schedule schedule -> schedule(schedule);
            case Load load -> adapters.load(load);
            case Unload unload -> adapters.unload(unload);
            case WarmUp warmUp -> warmUp(warmUp);
            case Close _ -> open = false;
        }
    }

    private void schedule(Schedule message) {
        engine.schedule(message.settings());
        message.done().complete(null);
    }

    private void warmUp(WarmUp message) {
        try {
            if (!engine.isIdle()) {
                throw new IllegalStateException(
                        "Replica " + settings.id() + " is serving, so it cannot be warmed up");
            }
            engine.forgetCache(); // Warming up writes to the same blocks.
            var rounds =
                    new WarmUpRounds(
                            settings,
                            model.with(engine.adapters()),
                            engine.scheduling().policy().mayMerge(),
                            message.goOn());
            rounds.run();
            rounds.costs().ifPresent(engine::calibrate);
            message.done().complete(null);
        } catch (RuntimeException | Error e) {
            message.done().completeExceptionally(e);
        }
    }

    private synchronized void shutDown() {
        if (mailbox.isClosed()) {
            return;
        }
        mailbox.close();
        try {
            engine.failAll(Mailbox.CLOSED, null);
        } finally {
            adapters.end();
            mailbox.refuse();
            outbox.close();
            model.runner().close();
        }
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
