package org.dlora.cluster.supervision;

import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.dlora.engine.KvMemory;
import org.dlora.engine.KvStatus;
import org.dlora.scheduling.KvCounts;
import org.jspecify.annotations.Nullable;

/**
 * The KV cache of a supervised replica across its incarnations. While a failed incarnation holds
 * its memory, the cache cannot change. Once that is free, the next incarnation's blocks count as
 * usable and free, so adapters may take some. Thread-safe.
 */
final class SupervisedKv implements KvMemory {
    private final PendingCalls changes = new PendingCalls();
    private @Nullable KvMemory live;
    private KvStatus down;
    private boolean isElastic;
    private boolean isFree;

    SupervisedKv(KvMemory first) {
        live = first;
        down = first.status();
        isElastic = first.isElastic();
    }

    @Override
    public synchronized boolean isElastic() {
        return isElastic && (live != null || isFree);
    }

    @Override
    public synchronized KvStatus status() {
        return live == null ? down : live.status();
    }

    @Override
    public CompletableFuture<Void> resize(int blocks, Runnable progress) {
        KvMemory present;
        CompletableFuture<Void> answer;
        synchronized (this) {
            present = live;
            answer = changes.begin(); // Before a failure can end all changes.
            if (present == null && isElastic && isFree) {
                down = down.blockBytes() == 0 ? down : resized(down, blocks);
            }
        }
        if (present == null) {
            progress.run();
            answer.complete(null);
            return answer;
        }
        var _ = present.resize(blocks, progress).thenRun(() -> answer.complete(null));
        return answer;
    }

    private static KvStatus resized(KvStatus status, int blocks) {
        var counts = status.counts();
        return new KvStatus(
                new KvCounts(
                        blocks,
                        counts.most(),
                        blocks,
                        0,
                        0,
                        0,
                        counts.foundTokens(),
                        counts.lostTokens()),
                blocks * status.blockBytes(),
                status.blockBytes(),
                status.mostBlockBytes(),
                status.prefillSeconds());
    }

    /** Notes that the present incarnation has failed; it still holds its memory. */
    void fail() {
        synchronized (this) {
            if (live != null) {
                down = live.status();
                live = null;
            }
            isFree = false;
        }
        changes.end();
    }

    /** Notes that the memory of the failed incarnation is free. */
    synchronized void free() {
        if (!isFree && live == null && isElastic) {
            isFree = true;
            down = resized(down, down.counts().total());
        }
    }

    /** Returns the blocks that the next incarnation begins with; no change follows until then. */
    synchronized OptionalInt begin() {
        isFree = false;
        return isElastic ? OptionalInt.of(down.counts().total()) : OptionalInt.empty();
    }

    /** Goes on with the cache of the next incarnation. */
    synchronized void serve(KvMemory next) {
        live = next;
        isElastic = next.isElastic();
    }
}
