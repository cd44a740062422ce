package org.dlora.cluster.residency;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.DoubleSupplier;
import java.util.stream.Stream;
import org.dlora.device.MemoryReservation;
import org.dlora.engine.ReplicaRef;
import org.dlora.scheduling.residency.KvStanding;
import org.dlora.scheduling.residency.KvTarget;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The KV caches that share a memory with adapters. The memory's lock guards it. */
final class KvBudget {
    private static final Logger log = LoggerFactory.getLogger(KvBudget.class);

    private final Object lock;
    private final DoubleSupplier clock;
    private final ResidencyMeters meters;
    private final Runnable changed;
    private final Map<String, KvShare> shares = new LinkedHashMap<>();

    /**
     * @param lock the memory's
     * @param changed is run under the lock when another plan may follow
     */
    KvBudget(Object lock, DoubleSupplier clock, ResidencyMeters meters, Runnable changed) {
        this.lock = lock;
        this.clock = clock;
        this.meters = meters;
        this.changed = changed;
    }

    /**
     * Lets the KV cache of a replica give memory up, if it can.
     *
     * @param memory bytes of all its blocks
     * @param least blocks that it keeps
     */
    void add(ReplicaRef replica, MemoryReservation memory, int least) {
        if (replica.kv().isElastic()) {
            shares.put(replica.id(), new KvShare(replica.id(), replica.kv(), memory, least));
            meters.watchKv(replica.id(), replica.kv());
        }
    }

    /** Books the cache of a replica that has begun anew. */
    void restarted(ReplicaRef replica) {
        var share = shares.get(replica.id());
        if (share != null) {
            share.restarted();
        }
    }

    List<KvStanding> standings(double requests, double halfLife) {
        return elastic().map(one -> one.standing(requests, halfLife)).toList();
    }

    List<MemoryReport.Cache> report() {
        return shares.values().stream().map(KvShare::report).toList();
    }

    /** Returns the bytes that KV caches can give up. */
    long sparable() {
        return elastic().mapToLong(KvShare::sparable).sum();
    }

    /** Returns the caches that can change now: not those of replicas that have failed. */
    private Stream<KvShare> elastic() {
        return shares.values().stream().filter(KvShare::isElastic);
    }

    /** Returns whether a cache cannot change now because its replica has failed. */
    boolean isAnyFailed() {
        return shares.values().stream().anyMatch(one -> !one.isElastic());
    }

    /**
     * Has the caches give up free bytes for adapters of the start, as far as they can.
     *
     * @return completes once these have come back
     */
    CompletableFuture<Void> giveUp(long bytes) {
        long missing = bytes;
        var begun = new ArrayList<CompletableFuture<Void>>();
        for (var share : elastic().toList()) {
            var target = share.giving(missing);
            if (target.isPresent()) {
                missing -= share.bytesAbove(target.get().blocks());
                begun.add(change(share, target.get()));
            }
        }
        return CompletableFuture.allOf(begun.toArray(CompletableFuture[]::new));
    }

    /** Returns whether bytes are about to come back. */
    boolean isShrinking() {
        return shares.values().stream().anyMatch(KvShare::isShrinking);
    }

    /** Returns whether a cache could grow. */
    boolean isSmall() {
        return shares.values().stream().anyMatch(KvShare::isSmall);
    }

    /** Begins a change of the size of a cache. */
    void begin(KvTarget next) {
        var _ = change(Objects.requireNonNull(shares.get(next.replica())), next);
    }

    private CompletableFuture<Void> change(KvShare share, KvTarget next) {
        log.debug("The KV cache of replica {} {}", next.replica(), next.why());
        var ended = share.begin(next, clock.getAsDouble(), lock, changed);
        ended.ifPresent(_ -> meters.resized(next));
        return ended.orElseGet(() -> CompletableFuture.completedFuture(null));
    }
}
