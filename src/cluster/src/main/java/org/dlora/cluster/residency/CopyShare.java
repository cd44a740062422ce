package org.dlora.cluster.residency;

import java.util.Optional;
import org.dlora.device.MemoryFullException;
import org.dlora.device.MemoryReservation;
import org.dlora.engine.CopyStatus;
import org.dlora.engine.ReplicaRef;
import org.dlora.scheduling.residency.ArrivalRate;
import org.dlora.scheduling.residency.CopyStanding;
import org.dlora.scheduling.residency.CopyStanding.Want;
import org.dlora.scheduling.residency.CopyTarget;

/**
 * The copies of merged weights of one replica, from its start to its end. Their reservation is
 * raised before copies are allocated, and lowered when they have been freed. The memory's lock
 * guards it.
 */
final class CopyShare {
    /** Rests after which a build that was refused is not wanted any more. */
    private static final int PATIENCE = 3;

    private final String replica;
    private final MemoryReservation memory;
    private double takenAt = Double.NEGATIVE_INFINITY;
    private double usedAt = Double.NEGATIVE_INFINITY;
    private boolean isReleasing;
    private boolean isReleasingAll;
    private long uses;
    private int refusals;
    private ArrivalRate demand = ArrivalRate.NONE;
    private String wanted = "";
    private long wantedBytes;
    private double wantedUntil = Double.NEGATIVE_INFINITY;

    /**
     * @param memory bytes of the copies; none yet
     */
    CopyShare(String replica, MemoryReservation memory) {
        this.replica = replica;
        this.memory = memory;
    }

    String replica() {
        return replica;
    }

    /** Returns the bytes that are booked. */
    long bytes() {
        return memory.bytes();
    }

    /** Returns the time at which the replica last had to give copies back. */
    double takenAt() {
        return takenAt;
    }

    /** Returns whether copies are about to come back. */
    boolean isReleasing() {
        return isReleasing;
    }

    /** Returns whether a build waits for memory. */
    boolean isWanting(double now) {
        return now < wantedUntil;
    }

    /** Books {@code more} bytes; returns why that is impossible, empty if it is done. */
    Optional<String> grow(long more) {
        try {
            memory.grow(more);
        } catch (MemoryFullException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
        wantedUntil = Double.NEGATIVE_INFINITY;
        return Optional.empty();
    }

    /** Notes a build for which there was no memory. */
    void refuse(String adapter, long bytes, double now, double rest) {
        refusals++;
        wanted = adapter;
        wantedBytes = bytes;
        wantedUntil = now + PATIENCE * rest;
    }

    /**
     * Books what is needed from now on, which ends a release, also one that freed nothing.
     *
     * @return whether another plan may follow: bytes have come back, or a release has ended
     */
    boolean lower(long bytes) {
        boolean isNews = isReleasing || bytes < memory.bytes();
        memory.correct(bytes);
        isReleasing = false;
        isReleasingAll = false;
        return isNews;
    }

    /** Notes that the replica is to give copies back. */
    void release(CopyTarget target, double now) {
        isReleasing = true;
        isReleasingAll = target.all();
        takenAt = now;
        wantedUntil = Double.NEGATIVE_INFINITY;
    }

    /**
     * Returns its standing for a decision.
     *
     * @param requests requests so far, the clock of expectations
     */
    CopyStanding standing(ReplicaRef live, double now, double requests, double halfLife) {
        var status = live.copies();
        follow(status, now, requests, halfLife);
        long idle = Math.min(status.idleBytes(), memory.bytes());
        long used = memory.bytes() - idle;
        return new CopyStanding(
                replica,
                isReleasing ? 0 : idle,
                isReleasingAll ? 0 : used,
                (isReleasing ? idle : 0) + (isReleasingAll ? used : 0),
                status.kept().map(adapter -> seconds(live, adapter)).orElse(0.0),
                usedAt,
                demand.perUnit(requests, halfLife),
                isWanting(now) ? new Want(wanted, wantedBytes, seconds(live, wanted)) : Want.NONE);
    }

    private void follow(CopyStatus status, double now, double requests, double halfLife) {
        long more = Math.max(0, status.uses() - uses);
        usedAt = more > 0 ? now : usedAt;
        uses = status.uses();
        demand = demand.arrived((double) more + refusals, requests, halfLife);
        refusals = 0;
    }

    private static double seconds(ReplicaRef live, String adapter) {
        return live.figures().costs().merge(live.lora(adapter));
    }

    MemoryReport.Copies report(CopyStatus status, double now) {
        long idle = Math.min(status.idleBytes(), memory.bytes());
        return new MemoryReport.Copies(
                replica,
                memory.bytes() - idle,
                idle,
                isWanting(now) ? wantedBytes : 0,
                status.kept());
    }
}
