package org.dlora.scheduling.residency;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Growth of KV caches that are short of blocks: into free bytes, or in place of idle adapters that
 * are worth less than half of what preemptions cost. A cache grows by a quarter, and rests for
 * {@code kvRest} after each change.
 */
final class KvGrowth {
    /** Cost of preemptions over value of adapters above which these go. */
    private static final double MARGIN = 2;

    private static final int PARTS = 4;

    private final ResidencySnapshot snapshot;
    private final ResidencyReasons reasons;
    private final List<KvTarget> targets = new ArrayList<>();
    private final List<String> evicted = new ArrayList<>();

    KvGrowth(ResidencySnapshot snapshot, ResidencyReasons reasons) {
        this.snapshot = snapshot;
        this.reasons = reasons;
    }

    /** Returns the decisions on caches that grow. */
    List<KvTarget> targets() {
        return targets;
    }

    /** Returns the adapters that make room; the caches grow by a later plan. */
    List<String> evicted() {
        return evicted;
    }

    /**
     * Decides on all caches that give up nothing.
     *
     * @param free bytes that no adapter waits for
     * @param idle adapters that could go
     */
    void decide(long free, EvictionPool idle, KvDraft draft) {
        long left = free;
        for (var kv : snapshot.kv()) {
            if (kv.isShort()
                    && kv.leaving() == 0
                    && kv.blocks() < kv.most()
                    && snapshot.now() >= kv.since() + snapshot.settings().kvRest()
                    && !draft.gives(kv.replica())) {
                left -= grow(kv, left, idle);
            }
        }
    }

    /** Lets a cache grow; returns the bytes that it takes. */
    private long grow(KvStanding kv, long left, EvictionPool idle) {
        int wanted = Math.min(kv.most() - kv.blocks(), Math.max(1, kv.blocks() / PARTS));
        long bytes = wanted * kv.blockBytes();
        int blocks = (int) Math.min(wanted, Math.max(0, left) / kv.blockBytes());
        if (blocks < wanted) {
            double value = kv.loss() / bytes;
            var victims = idle.takeBelow(value / MARGIN, bytes - Math.max(0, left));
            victims.forEach(victim -> {
                evicted.add(victim.id());
                reasons.evictsForKv(victim, kv);
            });
            if (!victims.isEmpty()) {
                return bytes; // What is free now is kept until the rest has come back.
            }
        }
        if (blocks > 0) {
            targets.add(
                    new KvTarget(
                            kv.replica(),
                            kv.blocks() + blocks,
                            KvTarget.Cause.SHORT,
                            String.format(
                                    Locale.ROOT,
                                    "takes %d free blocks: sequences wait for blocks, and preemptions cost %.2g s for each request",
                                    blocks,
                                    kv.loss())));
        }
        return blocks * kv.blockBytes();
    }
}
