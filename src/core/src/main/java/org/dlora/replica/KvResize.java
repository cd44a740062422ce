package org.dlora.replica;

import java.util.List;
import org.dlora.replica.ReplicaCommand.ResizeKvCache;
import org.jspecify.annotations.Nullable;

/**
 * A change of the number of usable KV blocks, a few of them between two steps. A smaller cache
 * takes blocks that no sequence holds, but those that running sequences are about to take. It waits
 * for the others until sequences end.
 */
final class KvResize {
    private final Sequences sequences;
    private final int least;
    private @Nullable ResizeKvCache wanted;

    /**
     * @param least blocks of the longest sequence, which stay usable
     */
    KvResize(Sequences sequences, int least) {
        this.sequences = sequences;
        this.least = least;
    }

    boolean isPending() {
        return wanted != null;
    }

    @Nullable ResizeKvCache wanted() {
        return wanted;
    }

    /** Begins a change in place of the one before, which ends. */
    void begin(ResizeKvCache next, List<ReplicaEvent> events) {
        var before = wanted;
        wanted = next;
        if (before != null) {
            events.add(resized(before, true));
        }
    }

    /** Withholds or restores further blocks, if a change is in progress. */
    void advance(List<ReplicaEvent> events) {
        var now = wanted;
        if (now == null) {
            return;
        }
        var pool = sequences.pool();
        int more = Math.clamp(now.blocks(), least, pool.most()) - pool.total();
        int spare = pool.available() - sequences.neededBlocks();
        int less = Math.min(-more, Math.min(spare, now.slice()));
        if (more > 0) {
            var restored = pool.restore(Math.min(more, now.slice()));
            events.add(new ReplicaEvent.RestoreKvBlocks(restored));
            more -= restored.size();
        } else if (less > 0) {
            events.add(new ReplicaEvent.WithholdKvBlocks(pool.withhold(less)));
            more += less;
        } else if (more < 0) {
            return;
        }
        if (more == 0) {
            wanted = null;
        }
        events.add(resized(now, more == 0));
    }

    private ReplicaEvent resized(ResizeKvCache command, boolean ended) {
        return new ReplicaEvent.KvCacheResized(command.revision(), sequences.pool().total(), ended);
    }
}
