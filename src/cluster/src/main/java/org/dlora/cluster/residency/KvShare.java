package org.dlora.cluster.residency;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.dlora.device.MemoryFullException;
import org.dlora.device.MemoryReservation;
import org.dlora.engine.KvMemory;
import org.dlora.engine.KvStatus;
import org.dlora.scheduling.residency.ArrivalRate;
import org.dlora.scheduling.residency.KvStanding;
import org.dlora.scheduling.residency.KvTarget;

/**
 * The KV cache of one replica in a memory that it shares with adapters. Its reservation is raised
 * before blocks come back, and lowered as they go. The memory's lock guards it.
 */
final class KvShare {
    /** Share of the blocks below which those that nobody holds are few. */
    private static final int FEW = 8;

    private final String replica;
    private final KvMemory kv;
    private final MemoryReservation memory;
    private final int least;
    private int target;
    private double since = Double.NEGATIVE_INFINITY;
    private long changes;
    private boolean isChanging;
    private boolean isShrinking;
    private long found;
    private long lost;
    private boolean hasLost;
    private ArrivalRate finds = ArrivalRate.NONE;
    private ArrivalRate losses = ArrivalRate.NONE;

    /**
     * @param memory bytes of all blocks
     * @param least blocks that it keeps
     */
    KvShare(String replica, KvMemory kv, MemoryReservation memory, int least) {
        this.replica = replica;
        this.kv = kv;
        this.memory = memory;
        this.least = least;
        target = kv.status().counts().total();
        book();
    }

    MemoryReport.Cache report() {
        return new MemoryReport.Cache(replica, least, kv.status());
    }

    /** Returns whether it can change its size now. */
    boolean isElastic() {
        return kv.isElastic();
    }

    /** Books a cache that has begun anew, and forgets the change that was going on. */
    void restarted() {
        changes++;
        isChanging = false;
        isShrinking = false;
        hasLost = false;
        target = kv.status().counts().total();
        book();
    }

    /** Returns whether blocks are about to come back. */
    boolean isShrinking() {
        return isShrinking;
    }

    /** Returns whether it has fewer blocks than it can have. */
    boolean isSmall() {
        return target < kv.status().counts().most();
    }

    /** Returns the bytes that it can give up, those among them that it is giving up already. */
    long sparable() {
        var status = kv.status();
        return Math.max(0, memory.bytes() - least * status.blockBytes());
    }

    /**
     * Returns its standing for a decision.
     *
     * @param requests requests so far, the clock of expectations
     */
    KvStanding standing(double requests, double halfLife) {
        var status = kv.status();
        var counts = status.counts();
        follow(status, requests, halfLife);
        int blocks = Math.min(target, counts.total());
        boolean isFew = counts.available() < Math.ceilDiv(counts.total(), FEW);
        boolean isShort = hasLost || (counts.waiting() > 0 && isFew);
        return new KvStanding(
                replica,
                status.blockBytes(),
                blocks,
                counts.total() - blocks,
                counts.available() - counts.cached() - counts.running(),
                counts.cached(),
                least,
                counts.most(),
                since,
                isShort && !isChanging,
                finds.perUnit(requests, halfLife) * status.prefillSeconds(),
                losses.perUnit(requests, halfLife) * status.prefillSeconds());
    }

    private void follow(KvStatus status, double requests, double halfLife) {
        var counts = status.counts();
        hasLost |= counts.lostTokens() > lost;
        finds =
                finds.arrived(
                        (double) Math.max(0, counts.foundTokens() - found), requests, halfLife);
        losses =
                losses.arrived(
                        (double) Math.max(0, counts.lostTokens() - lost), requests, halfLife);
        found = counts.foundTokens();
        lost = counts.lostTokens();
    }

    /**
     * Begins a change of its size; one for which there is no memory does not begin.
     *
     * @param changed is run, on another thread, whenever bytes have come back
     * @return completes at its end; empty if it does not begin
     */
    Optional<CompletableFuture<Void>> begin(
            KvTarget next, double now, Object lock, Runnable changed) {
        var status = kv.status();
        int more = next.blocks() - status.counts().total();
        if (more > 0) {
            try {
                memory.grow(more * status.mostBlockBytes());
            } catch (MemoryFullException _) {
                return Optional.empty(); // Something else has taken it; the next plan looks again.
            }
        }
        target = next.blocks();
        since = now;
        hasLost = false;
        isChanging = true;
        long change = ++changes;
        isShrinking = more < 0;
        return Optional.of(
                kv.resize(target, () -> follow(change, lock, changed))
                        .thenRun(() -> end(change, lock, changed)));
    }

    /** Returns the size with which it gives up {@code need} bytes or what it can; empty if none. */
    Optional<KvTarget> giving(long need) {
        var status = kv.status();
        if (need <= 0 || sparable() == 0) {
            return Optional.empty();
        }
        long given = Math.ceilDiv(Math.min(need, sparable()), status.blockBytes());
        int blocks = (int) Math.max(least, status.counts().total() - given);
        return Optional.of(
                new KvTarget(
                        replica,
                        blocks,
                        KvTarget.Cause.FREE_BLOCKS,
                        "gives up %d free blocks for adapters of the start"
                                .formatted(status.counts().total() - blocks)));
    }

    /** Returns the bytes of the blocks beyond {@code blocks}. */
    long bytesAbove(int blocks) {
        var status = kv.status();
        return Math.max(0, status.counts().total() - blocks) * status.blockBytes();
    }

    private void follow(long change, Object lock, Runnable changed) {
        synchronized (lock) {
            if (change == changes && isShrinking) {
                book();
                changed.run();
            }
        }
    }

    private void end(long change, Object lock, Runnable changed) {
        synchronized (lock) {
            if (change == changes) {
                isChanging = false;
                isShrinking = false;
                target = kv.status().counts().total();
                book();
                changed.run();
            }
        }
    }

    /** Books the bytes that are there. */
    private void book() {
        memory.correct(kv.status().bytes());
    }
}
