package org.dlora.cluster.migration;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import org.dlora.cluster.rebalance.PlanGain;
import org.dlora.cluster.replicas.NoSuchReplicaException;
import org.dlora.cluster.replicas.ReplicaPool;
import org.dlora.cluster.requests.LiveRequest;
import org.dlora.cluster.requests.LiveRequests;
import org.dlora.cluster.requests.Migration;
import org.dlora.cluster.residency.AdapterClient;
import org.dlora.cluster.residency.AdapterUse;
import org.dlora.engine.ReplicaRef;
import org.dlora.replica.migration.MigrationResult;
import org.dlora.replica.migration.SentKv;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationRequest;
import org.jspecify.annotations.Nullable;

/**
 * Moves of requests between the replicas of a cluster. A move first has the adapter loaded on the
 * target, while the request runs on; the adapter may have been unloaded for others meanwhile.
 * Thread-safe.
 */
public final class Migrations implements AutoCloseable {
    /** KV bytes that are copied between two steps, which takes about 1 ms. */
    private static final long SLICE = 8 << 20;

    /** KV blocks that are copied between two steps where their size is not known. */
    private static final int SLICE_BLOCKS = 16;

    /**
     * Between the id of a request and a number: so a memory tells the waits of its moves apart, and
     * from the request's own.
     */
    private static final String MOVES = " moves ";

    private final ReplicaPool pool;
    private final LiveRequests requests;
    private final DoubleSupplier clock;
    private final MigrationLog log;
    private final AtomicLong waits = new AtomicLong();

    /**
     * Begins moves: a memory grants an adapter under its lock, and requests must not be locked
     * then.
     */
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().name("migrations").daemon().factory());

    public Migrations(ReplicaPool pool, LiveRequests requests, DoubleSupplier clock) {
        this.pool = pool;
        this.requests = requests;
        this.clock = clock;
        log = new MigrationLog(clock);
    }

    /** Tells {@code observer} of moves from now on. */
    public void watch(MigrationObserver observer) {
        log.watch(observer);
    }

    /** Moves a request by hand; see {@link #begin}. */
    public CompletableFuture<MigrationResult> move(String request, String replica, boolean sendKv) {
        return begin(request, replica, sendKv, MoveCause.BY_HAND, null)
                .thenApply(MigrationRecord::result);
    }

    /**
     * Moves a request.
     *
     * @param request its id
     * @param replica id of the target
     * @param sendKv whether its KV blocks are sent, otherwise the target computes them
     * @param cause reason of the migration
     * @param gain of the plan that orders it; null for other causes
     * @return completes when the move has ended, never exceptionally
     * @throws NoSuchReplicaException if there is no such replica
     * @throws NoSuchRequestException if there is no such unfinished request
     * @throws IllegalArgumentException if the request is there already
     * @throws IllegalStateException if the target takes no requests, or if the request has no
     *     replica yet, is being moved or has ended
     */
    public CompletableFuture<MigrationRecord> begin(
            String request,
            String replica,
            boolean sendKv,
            MoveCause cause,
            @Nullable PlanGain gain) {
        var target = pool.find(replica);
        var live = requests.find(request).orElseThrow(() -> new NoSuchRequestException(request));
        var source = live.owner();
        if (source == null) {
            throw new IllegalStateException(
                    "Request '%s' waits for its adapter, so it is on no replica yet"
                            .formatted(request));
        }
        if (source.equals(target)) {
            throw new IllegalArgumentException(
                    "Request '%s' is on replica %s already".formatted(request, replica));
        }
        if (!pool.accepts(target)) {
            throw new IllegalStateException(refusal(target));
        }
        var entry = log.begin(live, source, target, cause, gain);
        try {
            return begin(new Order(live, source, target, sendKv ? slice(source) : 0, entry));
        } catch (RuntimeException | Error e) {
            log.forget(entry);
            throw e;
        }
    }

    /**
     * A move that was ordered.
     *
     * @param slice most KV blocks that are copied between two steps; 0 to send none
     */
    private record Order(
            LiveRequest live,
            ReplicaRef source,
            ReplicaRef target,
            int slice,
            MigrationLog.Entry entry) {}

    private CompletableFuture<MigrationRecord> begin(Order order) {
        var ended = new CompletableFuture<MigrationRecord>();
        if (order.live.request().adapter().isBase()) {
            enqueue(order, AdapterUse.NONE, ended);
            return ended;
        }
        var adapter = order.live.request().adapter().toString();
        var files =
                pool.source(adapter)
                        .orElseThrow(() ->
                                new IllegalStateException(
                                        "Request '%s' has ended".formatted(order.live.id())));
        var memory = pool.memory(order.target);
        var waiting =
                order.live.request().withId(order.live.id() + MOVES + waits.getAndIncrement());
        memory.readmit(
                new AdapterClient() {
                    @Override
                    public GenerationRequest request() {
                        return waiting;
                    }

                    @Override
                    public void granted(AdapterUse use) {
                        enqueue(order, use, ended);
                    }

                    @Override
                    public void failed(Failed event) {
                        var result = new MigrationResult.Failed(event.message());
                        ended.complete(log.end(order.entry, result, SentKv.NONE));
                    }

                    @Override
                    public void cancelled() {
                        var result = new MigrationResult.Ended();
                        ended.complete(log.end(order.entry, result, SentKv.NONE));
                    }
                },
                files);
        // Nobody needs the adapter there any more. Elsewhere, as the memory takes its lock.
        var _ = order.live.gone().thenRun(() -> later(0, () -> memory.cancel(waiting.id())));
        return ended;
    }

    private static int slice(ReplicaRef source) {
        long bytes = source.kv().status().blockBytes();
        return bytes == 0 ? SLICE_BLOCKS : (int) Math.max(1, SLICE / bytes);
    }

    private void enqueue(Order order, AdapterUse use, CompletableFuture<MigrationRecord> ended) {
        var migration =
                new Migration(
                        order.source,
                        order.target,
                        use,
                        order.slice,
                        pause -> log.resumed(order.entry, pause));
        var _ =
                migration
                        .done()
                        .thenAccept(result ->
                                ended.complete(log.end(order.entry, result, migration.sent())));
        try {
            thread.execute(() -> move(order, migration));
        } catch (RejectedExecutionException _) {
            migration.use().close();
            migration.end(new MigrationResult.Failed("the server is shutting down"));
        }
    }

    private void move(Order order, Migration migration) {
        if (pool.accepts(order.target)) {
            order.live.move(migration);
            return;
        }
        migration.use().close();
        migration.end(new MigrationResult.Failed(refusal(order.target)));
    }

    private static String refusal(ReplicaRef target) {
        return "Replica %s takes no requests".formatted(target.id());
    }

    /**
     * Runs an action on the thread that begins moves. Nothing happens after the close.
     *
     * @param seconds from now
     */
    void later(double seconds, Runnable action) {
        try {
            var _ =
                    thread.schedule(
                            () -> {
                                if (!thread.isShutdown()) {
                                    action.run();
                                }
                            },
                            (long) (1e9 * seconds),
                            TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException _) {
            // The server is shutting down.
        }
    }

    /** Returns the present time in seconds. */
    double now() {
        return clock.getAsDouble();
    }

    public MigrationLog log() {
        return log;
    }

    /** Returns the last 256 migrations that have ended, the newest first. */
    public List<MigrationRecord> history() {
        return log.history();
    }

    /** Returns the migrations that run, the oldest first. */
    public List<MigrationStatus> running() {
        return log.running();
    }

    /** Begins no more moves. */
    @Override
    public void close() {
        thread.shutdown();
    }
}
