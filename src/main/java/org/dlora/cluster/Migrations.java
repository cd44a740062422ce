package org.dlora.cluster;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.DoubleSupplier;
import org.dlora.cluster.residency.AdapterClient;
import org.dlora.cluster.residency.AdapterUse;
import org.dlora.engine.ReplicaRef;
import org.dlora.replica.GenerationEvent.Failed;
import org.dlora.replica.GenerationRequest;
import org.dlora.replica.migration.MigrationResult;

/**
 * Moves of requests between the replicas of a cluster. A move first has the adapter loaded on the
 * target, while the request runs on. Thread-safe.
 */
public final class Migrations implements AutoCloseable {
    /** Migrations that are remembered. */
    private static final int HISTORY = 256;

    /** KV bytes that are copied between two steps, which takes about 1 ms. */
    private static final long SLICE = 8 << 20;

    /** KV blocks that are copied between two steps where their size is not known. */
    private static final int SLICE_BLOCKS = 16;

    private final ReplicaPool pool;
    private final LiveRequests requests;
    private final DoubleSupplier clock;
    private final Clock calendar = Clock.systemUTC();
    private final Deque<Entry> history = new ArrayDeque<>();

    /**
     * Begins moves: a memory grants an adapter under its lock, and requests must not be locked
     * then.
     */
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().name("migrations").daemon().factory());

    private record Entry(Migration migration, MigrationRecord record) {}

    Migrations(ReplicaPool pool, LiveRequests requests, DoubleSupplier clock) {
        this.pool = pool;
        this.requests = requests;
        this.clock = clock;
    }

    /**
     * Moves a request.
     *
     * @param request its id
     * @param replica id of the target
     * @param sendKv whether its KV blocks are sent, otherwise the target computes them
     * @return completes with the result, never exceptionally
     * @throws IllegalArgumentException if there is no such replica or no such unfinished request,
     *     or if the request is there already
     * @throws IllegalStateException if the target takes no requests, or if the request has no
     *     replica yet or is being moved
     */
    public CompletableFuture<MigrationResult> move(String request, String replica, boolean sendKv) {
        var target = pool.find(replica);
        var live =
                requests.find(request)
                        .orElseThrow(() ->
                                new IllegalArgumentException(
                                        "There is no unfinished request '%s'".formatted(request)));
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
        if (live.isMoving()) {
            throw new IllegalStateException(
                    "Request '%s' is being moved already".formatted(request));
        }
        if (!pool.accepts(target)) {
            throw new IllegalStateException("Replica %s takes no requests".formatted(replica));
        }
        return begin(live, source, target, sendKv);
    }

    private CompletableFuture<MigrationResult> begin(
            LiveRequest live, ReplicaRef source, ReplicaRef target, boolean sendKv) {
        var result = new CompletableFuture<MigrationResult>();
        int slice = sendKv ? slice(source) : 0;
        if (live.request().adapter().isBase()) {
            enqueue(live, new Migration(source, target, AdapterUse.NONE, slice, clock), result);
            return result;
        }
        pool.memory(target)
                .admit(
                        new AdapterClient() {
                            @Override
                            public GenerationRequest request() {
                                return live.request();
                            }

                            @Override
                            public void granted(AdapterUse use) {
                                enqueue(
                                        live,
                                        new Migration(source, target, use, slice, clock),
                                        result);
                            }

                            @Override
                            public void failed(Failed event) {
                                result.complete(new MigrationResult.Failed(event.message()));
                            }

                            @Override
                            public void cancelled() {
                                result.complete(new MigrationResult.Ended());
                            }
                        });
        return result;
    }

    private static int slice(ReplicaRef source) {
        long bytes = source.kv().status().blockBytes();
        return bytes == 0 ? SLICE_BLOCKS : (int) Math.max(1, SLICE / bytes);
    }

    private void enqueue(
            LiveRequest live, Migration migration, CompletableFuture<MigrationResult> result) {
        var begun = calendar.instant();
        var _ =
                migration
                        .done()
                        .thenAccept(end -> {
                            remember(live, migration, end, begun);
                            result.complete(end);
                        });
        try {
            thread.execute(() -> live.move(migration));
        } catch (RejectedExecutionException _) {
            migration.use().close();
            migration.end(new MigrationResult.Failed("the server is shutting down"));
        }
    }

    private void remember(
            LiveRequest live, Migration migration, MigrationResult result, Instant begun) {
        var record = migration.record(live.id(), live.tracked().model(), begun, result);
        synchronized (history) {
            history.addLast(new Entry(migration, record));
            if (history.size() > HISTORY) {
                history.removeFirst();
            }
        }
    }

    /** Returns the last migrations that have ended, the oldest first. */
    public List<MigrationRecord> history() {
        synchronized (history) {
            return history.stream()
                    .map(entry -> entry.record().withPause(entry.migration().pause()))
                    .toList();
        }
    }

    /** Begins no more moves. */
    @Override
    public void close() {
        thread.shutdown();
    }
}
