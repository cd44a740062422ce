package org.dlora.cluster.supervision;

import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.cluster.replicas.ReplicaCondition;
import org.dlora.cluster.replicas.ReplicaCondition.State;
import org.dlora.cluster.replicas.RestartableReplica;
import org.dlora.engine.CopyStatus;
import org.dlora.engine.KvMemory;
import org.dlora.engine.ReplicaFigures;
import org.dlora.engine.SchedulingReport;
import org.dlora.engine.WatchedReplica;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.ActiveAdapters;
import org.dlora.replica.ReplicaCommand;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.ReplicaLoad;
import org.jspecify.annotations.Nullable;

/**
 * A replica that outlives its failures. It passes messages on to the present one of its {@link
 * WatchedReplica incarnations}. After a failure it is fenced: it takes no requests until the next
 * incarnation serves, which has the same id, adapters and settings. {@link ReplicaWatch} notices
 * failures and has it begin anew. Thread-safe.
 */
public final class SupervisedReplica implements RestartableReplica {
    private final ReplicaFactory factory;
    private final RestartRoom room;
    private final InstantSource clock;
    private final StandingOrders orders;
    private final SupervisedKv kv;

    /** Failed incarnations whose threads may not have ended. */
    private final List<WatchedReplica> failed = new CopyOnWriteArrayList<>();

    /** Attempts to begin anew that have not ended; those given up among them. */
    private final List<RestartAttempt> attempts = new CopyOnWriteArrayList<>();

    private volatile WatchedReplica latest;
    private volatile ReplicaCondition condition;
    private @Nullable CompletableFuture<Void> asked;

    /** Starts the first incarnation, which serves once it has been warmed up. */
    public SupervisedReplica(
            ReplicaFactory factory,
            RestartRoom room,
            SchedulingSettings scheduling,
            InstantSource clock) {
        this.factory = factory;
        this.room = room;
        this.clock = clock;
        orders = new StandingOrders(scheduling);
        latest = factory.start(OptionalInt.empty(), scheduling);
        condition = new ReplicaCondition(latest.id(), State.SERVING, "", clock.instant());
        var _ = orders.begin(latest, scheduling);
        kv = new SupervisedKv(latest.kv());
    }

    /** Warms up the first incarnation; see {@link WatchedReplica#warmUp}. */
    public void warmUp(Runnable goOn) {
        latest.warmUp(goOn);
    }

    @Override
    public ReplicaCondition condition() {
        return condition;
    }

    private void enter(State state, String reason) {
        condition = new ReplicaCondition(id(), state, reason, clock.instant());
    }

    @Override
    public synchronized CompletableFuture<Void> restart() {
        if (condition.state() == State.CLOSED) {
            return CompletableFuture.failedFuture(closed());
        }
        if (asked == null) {
            asked = new CompletableFuture<>();
        }
        return asked.copy(); // Whoever gives up must not end the wait of others.
    }

    private IllegalStateException closed() {
        return new IllegalStateException("Replica %s is closed".formatted(id()));
    }

    /** Returns whether somebody waits for a restart. */
    synchronized boolean isRestartAsked() {
        return asked != null;
    }

    /** Returns the future of whoever waits for a restart, which is answered now. */
    synchronized CompletableFuture<Void> takeAsked() {
        var taken = asked;
        asked = null;
        return taken == null ? new CompletableFuture<>() : taken;
    }

    /** Returns the present incarnation, or the last one. */
    WatchedReplica latest() {
        return latest;
    }

    RestartRoom room() {
        return room;
    }

    boolean isClosed() {
        return condition.state() == State.CLOSED;
    }

    /**
     * Takes no more requests, because the present incarnation has failed.
     *
     * @param ended to be completed when its thread has ended
     * @return whether it was serving
     */
    boolean fence(String reason, CompletableFuture<Void> ended) {
        var fenced = latest;
        synchronized (this) {
            if (!condition.isServing()) {
                return false;
            }
            failed.add(fenced);
            enter(State.FENCED, reason);
        }
        var _ = ended.thenRun(() -> failed.remove(fenced));
        kv.fail();
        orders.fail(ended);
        return true;
    }

    /** Notes that it begins anew, after a pause. */
    synchronized void awaitRestart(String reason) {
        if (condition.state() != State.CLOSED) {
            enter(State.RESTARTING, reason);
        }
    }

    /** Notes that the memory of the failed incarnation is free. */
    void freed() {
        kv.free();
    }

    /**
     * Starts the next incarnation and serves with it.
     *
     * @throws CancellationException if the replica is closed meanwhile
     * @throws RuntimeException if the incarnation cannot be started or warmed up
     */
    void begin() {
        var attempt = new RestartAttempt();
        synchronized (this) {
            goOn(attempt);
            attempts.add(attempt);
        }
        try {
            begin(attempt);
        } finally {
            attempts.remove(attempt);
            attempt.leave();
        }
    }

    private void begin(RestartAttempt attempt) {
        var settings = orders.scheduling();
        var next = factory.start(kv.begin(), settings);
        attempt.of(next);
        try {
            order(next, settings, attempt).join();
            next.warmUp(() -> goOn(attempt));
            serve(next, attempt);
        } catch (RuntimeException | Error e) {
            next.close();
            synchronized (this) {
                if (!attempt.isGivenUp()) {
                    orders.fail(CompletableFuture.completedFuture(null));
                }
            }
            throw e;
        }
    }

    private synchronized CompletableFuture<Void> order(
            WatchedReplica next, SchedulingSettings started, RestartAttempt attempt) {
        goOn(attempt);
        return orders.begin(next, started);
    }

    private void goOn(RestartAttempt attempt) {
        if (isClosed()) {
            throw new CancellationException("Replica %s is closed".formatted(id()));
        }
        if (attempt.isGivenUp()) {
            throw new CancellationException(
                    "The attempt of replica %s to begin anew took too long".formatted(id()));
        }
    }

    private synchronized void serve(WatchedReplica next, RestartAttempt attempt) {
        goOn(attempt);
        latest = next;
        kv.serve(next.kv());
        enter(State.SERVING, "");
    }

    /**
     * Gives up the attempt to begin anew that runs, because it hangs.
     *
     * @param reason of the fence
     * @return the attempt; empty if it has ended, or if the replica serves or is closed
     */
    synchronized Optional<RestartAttempt> giveUp(String reason) {
        var state = condition.state();
        if (state == State.SERVING || state == State.CLOSED) {
            return Optional.empty();
        }
        var hung = attempts.stream().filter(attempt -> !attempt.isGivenUp()).findFirst();
        hung.ifPresent(attempt -> {
            attempt.giveUp();
            orders.fail(attempt.left());
            enter(State.FENCED, reason);
        });
        return hung;
    }

    @Override
    public String id() {
        return latest.id();
    }

    /** Returns the incarnation that takes requests. */
    private WatchedReplica serving() {
        var now = condition;
        if (!now.isServing()) {
            throw new IllegalStateException(
                    "Replica %s takes no requests: %s".formatted(id(), now.reason()));
        }
        return latest;
    }

    @Override
    public void submit(GenerationRequest request, GenerationListener listener) {
        serving().submit(request, listener);
    }

    @Override
    public void take(ReplicaCommand.Import sequence, GenerationListener listener) {
        serving().take(sequence, listener);
    }

    @Override
    public void takeBack(ReplicaCommand.Resume sequence, GenerationListener listener) {
        serving().takeBack(sequence, listener);
    }

    @Override
    public void write(ReplicaCommand.WriteKv copies, GenerationListener listener) {
        serving().write(copies, listener);
    }

    @Override
    public void tell(ReplicaCommand move) {
        if (condition.isServing()) {
            latest.tell(move);
        }
    }

    @Override
    public void check(GenerationRequest request) {
        latest.check(request);
    }

    @Override
    public CompletableFuture<Void> load(String id, AdapterWeights weights) {
        return orders.load(id, weights);
    }

    @Override
    public CompletableFuture<Void> evict(String id) {
        return orders.evict(id);
    }

    @Override
    public CompletableFuture<Void> unload(String id) {
        return orders.unload(id);
    }

    @Override
    public boolean isReadByFailed(String adapter) {
        return orders.isReadByFailed(adapter);
    }

    @Override
    public CompletableFuture<Void> schedule(SchedulingSettings settings) {
        return orders.schedule(settings);
    }

    @Override
    public SchedulingReport scheduling(int lastSteps) {
        return latest.scheduling(lastSteps);
    }

    @Override
    public boolean has(String requestId) {
        return condition.isServing() && latest.has(requestId);
    }

    @Override
    public void cancel(String requestId) {
        if (condition.isServing()) {
            latest.cancel(requestId);
        }
    }

    /** Returns the load of the present incarnation. A fenced replica has no free blocks. */
    @Override
    public ReplicaLoad load() {
        var load = latest.load();
        return condition.isServing()
                ? load
                : new ReplicaLoad(load.id(), 0, 0, 0, load.totalBlocks());
    }

    @Override
    public ReplicaFigures figures() {
        return latest.figures();
    }

    @Override
    public LoraFacts lora(String id) {
        return latest.lora(id);
    }

    @Override
    public KvMemory kv() {
        return kv;
    }

    /** Returns the copies of the present incarnation. A fenced replica cannot give any back. */
    @Override
    public CopyStatus copies() {
        return condition.isServing() ? latest.copies() : CopyStatus.NONE;
    }

    @Override
    public void releaseCopies(boolean all) {
        if (condition.isServing()) {
            latest.releaseCopies(all);
        }
    }

    @Override
    public ActiveAdapters activeAdapters() {
        return condition.isServing() ? latest.activeAdapters() : ActiveAdapters.NONE;
    }

    @Override
    public boolean isServing() {
        return condition.isServing() && latest.isServing();
    }

    /** Closes all incarnations; waits for the threads of failed ones too, as they read weights. */
    @Override
    public void close() {
        synchronized (this) {
            if (condition.state() != State.CLOSED) {
                enter(State.CLOSED, "the server is shutting down");
            }
        }
        takeAsked().completeExceptionally(closed()); // First: hung threads may not end.
        attempts.forEach(attempt -> attempt.left().join());
        latest.close();
        failed.forEach(WatchedReplica::close);
    }
}
