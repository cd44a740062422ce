package org.dlora.cluster.residency;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryUse;
import org.dlora.engine.CopyStatus;
import org.dlora.engine.ReplicaRef;
import org.dlora.engine.merging.CopyMemory;
import org.dlora.scheduling.residency.CopyGrants;
import org.dlora.scheduling.residency.CopyStanding;
import org.dlora.scheduling.residency.CopyTarget;
import org.dlora.scheduling.residency.ResidencySnapshot;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The copies of merged weights that share a memory with adapters. It grants memory for builds, and
 * has copies given back. The memory's lock guards it.
 */
final class CopyBudget {
    private static final Logger log = LoggerFactory.getLogger(CopyBudget.class);

    private final Object lock;
    private final ResidencyOptions options;
    private final MemoryLedger books;
    private final ResidencyMeters meters;
    private final Runnable changed;
    private final Map<String, CopyShare> shares = new LinkedHashMap<>();
    private final Map<String, ReplicaRef> replicas = new HashMap<>();

    /**
     * @param lock the memory's
     * @param changed is run under the lock when another plan may follow
     */
    CopyBudget(
            Object lock,
            ResidencyOptions options,
            MemoryLedger books,
            ResidencyMeters meters,
            Runnable changed) {
        this.lock = lock;
        this.options = options;
        this.books = books;
        this.meters = meters;
        this.changed = changed;
    }

    /**
     * Returns the memory for the copies of a replica that starts. It takes the place of the same
     * replica's before, whose copies stay booked until they are freed.
     *
     * @param limit bytes that its copies never exceed
     * @param snapshot gives the memory as it is, under the lock
     */
    CopyMemory open(String replica, long limit, Supplier<ResidencySnapshot> snapshot) {
        var share = new CopyShare(replica, books.reserve(MemoryUse.MERGED_WEIGHTS, 0));
        shares.put(replica, share);
        return new CopyMemory() {
            @Override
            public long limit() {
                return limit;
            }

            @Override
            public long attainable() {
                return Math.min(limit, share.bytes() + books.available());
            }

            @Override
            public Optional<String> raise(String adapter, long bytes) {
                synchronized (lock) {
                    long more = Math.max(0, bytes - share.bytes());
                    return more == 0 ? share.grow(0) : grow(share, more, snapshot);
                }
            }

            @Override
            public void refused(String adapter, long bytes) {
                synchronized (lock) {
                    refuse(share, adapter, Math.max(0, bytes - share.bytes()));
                }
            }

            @Override
            public void lower(long bytes) {
                synchronized (lock) {
                    if (share.lower(bytes)) {
                        changed.run();
                    }
                }
            }
        };
    }

    private Optional<String> grow(
            CopyShare share, long more, Supplier<ResidencySnapshot> snapshot) {
        var refusal = CopyGrants.refusal(snapshot.get(), more, share.takenAt());
        return refusal.isPresent() ? refusal : share.grow(more);
    }

    private void refuse(CopyShare share, String adapter, long more) {
        meters.copiesRefused(share.replica());
        double rest = options.settings().kvRest();
        if (now() >= share.takenAt() + rest) {
            share.refuse(adapter, more, now(), rest);
            changed.run();
        }
    }

    /** Begins to look at the copies of started replicas. */
    void start(List<? extends ReplicaRef> sharing) {
        sharing.forEach(replica -> replicas.put(replica.id(), replica));
        for (var share : shares.values()) {
            meters.watchCopies(share.replica(), () -> status(share).idleBytes());
        }
    }

    private CopyStatus status(CopyShare share) {
        var live = replicas.get(share.replica());
        return live == null ? CopyStatus.NONE : live.copies();
    }

    List<CopyStanding> standings(double requests, double halfLife) {
        return serving()
                .map(one -> one.standing(live(one), now(), requests, halfLife))
                .filter(one ->
                        one.idleBytes() + one.usedBytes() + one.leavingBytes() > 0
                                || one.want().bytes() > 0)
                .toList();
    }

    /** Returns the copies of replicas that can give them back: not of those that have failed. */
    private Stream<CopyShare> serving() {
        return shares.values().stream()
                .filter(one -> {
                    var live = replicas.get(one.replica());
                    return live != null && live.isServing();
                });
    }

    private ReplicaRef live(CopyShare share) {
        return Objects.requireNonNull(replicas.get(share.replica()));
    }

    List<MemoryReport.Copies> report() {
        return shares.values().stream().map(one -> one.report(status(one), now())).toList();
    }

    /** Returns the bytes that copies can give up. */
    long sparable() {
        return serving().mapToLong(CopyShare::bytes).sum();
    }

    /** Returns whether bytes are about to come back. */
    boolean isReleasing() {
        return serving().anyMatch(CopyShare::isReleasing);
    }

    /** Returns whether a build waits for memory. */
    boolean isWanting() {
        return serving().anyMatch(one -> one.isWanting(now()));
    }

    /** Has a replica give copies back. */
    void release(CopyTarget target) {
        log.debug("Replica {} {}", target.replica(), target.why());
        var share = Objects.requireNonNull(shares.get(target.replica()));
        share.release(target, now());
        meters.copiesTaken(target);
        // Where nothing runs, the copies in effect are idle too.
        live(share).releaseCopies(target.all() || status(share).usedBytes() == 0);
    }

    private double now() {
        return options.clock().getAsDouble();
    }
}
