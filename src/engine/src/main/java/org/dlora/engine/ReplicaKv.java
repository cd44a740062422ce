package org.dlora.engine;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.dlora.device.KvCache;
import org.dlora.replica.ReplicaCommand;
import org.dlora.replica.ReplicaEvent;
import org.dlora.scheduling.StepShape;

/** The KV cache of a running replica, and the changes of its size that have not ended. */
final class ReplicaKv implements KvMemory {
    /** Bytes that are given back or touched between two steps, which takes about 2 ms. */
    private static final long SLICE = 8 << 20;

    /** Rows by which the time of a prefill row is predicted. */
    private static final int ROWS = 256;

    private final Optional<KvCache> cache;
    private final EngineStatus status;
    private final Consumer<ReplicaCommand> post;
    private final Map<Long, Change> pending = new ConcurrentHashMap<>();
    private final AtomicLong last = new AtomicLong();

    private record Change(CompletableFuture<Void> ended, Runnable progress) {}

    /**
     * @param post sends a command to the replica; throws {@link IllegalStateException} if it is
     *     closed
     */
    ReplicaKv(Optional<KvCache> cache, EngineStatus status, Consumer<ReplicaCommand> post) {
        this.cache = cache.filter(KvCache::isElastic);
        this.status = status;
        this.post = post;
    }

    @Override
    public boolean isElastic() {
        return cache.isPresent();
    }

    @Override
    public KvStatus status() {
        return cache.map(this::status).orElse(KvStatus.NONE);
    }

    private KvStatus status(KvCache known) {
        var costs = status.costs();
        return new KvStatus(
                status.kvCounts(),
                known.bytes(),
                known.layout().bytesPerBlock(),
                known.mostBytesPerBlock(),
                costs.step(new StepShape(ROWS, 0, 0, 0, List.of())) / ROWS);
    }

    @Override
    public CompletableFuture<Void> resize(int blocks, Runnable progress) {
        var done = new CompletableFuture<Void>();
        if (cache.isEmpty()) {
            done.complete(null);
            return done;
        }
        long number = last.incrementAndGet();
        int slice = (int) Math.max(1, SLICE / cache.get().mostBytesPerBlock());
        pending.put(number, new Change(done, progress));
        try {
            post.accept(new ReplicaCommand.ResizeKvCache(number, blocks, slice));
        } catch (IllegalStateException _) {
            end(number);
        }
        return done;
    }

    void on(ReplicaEvent.KvCacheResized event) {
        var change = pending.get(event.revision());
        if (change != null) {
            change.progress().run();
            if (event.ended()) {
                end(event.revision());
            }
        }
    }

    /** Ends all changes: there will be no more steps. */
    void end() {
        pending.keySet().forEach(this::end);
    }

    private void end(long number) {
        var change = pending.remove(number);
        if (change != null) {
            change.ended().complete(null);
        }
    }
}
