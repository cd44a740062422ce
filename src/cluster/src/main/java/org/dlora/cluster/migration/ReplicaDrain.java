package org.dlora.cluster.migration;

import java.time.Instant;
import java.util.Set;
import org.dlora.cluster.dispatch.MoveTargets;
import org.dlora.cluster.replicas.ReplicaPool;
import org.dlora.cluster.replicas.ReplicaReport;
import org.dlora.cluster.replicas.ReplicaStatus;
import org.dlora.cluster.requests.LiveRequests;
import org.dlora.engine.ReplicaRef;
import org.jspecify.annotations.Nullable;

/**
 * Drain of one replica, whose requests move to others. While no other replica takes requests it
 * gets the new ones, which move once another one does. Thread-safe.
 */
public final class ReplicaDrain {
    private final ReplicaRef replica;
    private final ReplicaPool pool;
    private final LiveRequests requests;
    private final Migrations migrations;
    private final Evacuation evacuation;
    private final Instant begun;
    private @Nullable Instant emptySince;

    public ReplicaDrain(
            ReplicaRef replica,
            ReplicaPool pool,
            LiveRequests requests,
            Migrations migrations,
            MoveTargets targets,
            Instant begun) {
        this.replica = replica;
        this.pool = pool;
        this.requests = requests;
        this.migrations = migrations;
        this.begun = begun;
        evacuation =
                new Evacuation(
                        migrations,
                        MoveCause.DRAIN,
                        () -> requests.of(replica),
                        live -> targets.outOf(replica, live));
    }

    public void begin() {
        var _ = evacuation.begin();
    }

    public void end() {
        evacuation.end();
    }

    /** Returns the state of the replica now. */
    public synchronized ReplicaReport.Condition condition(Instant now) {
        if (!isEmpty()) {
            emptySince = null;
            return new ReplicaReport.Condition(
                    ReplicaStatus.DRAINING,
                    newRequests() + "; those that it has move to other replicas",
                    begun);
        }
        var since = emptySince == null ? now : emptySince;
        emptySince = since;
        return new ReplicaReport.Condition(
                ReplicaStatus.DRAINED, newRequests() + ", and has none", since);
    }

    private String newRequests() {
        return pool.accepting(pool.all(), Set.of()).isEmpty()
                ? "it takes new requests while no other replica does"
                : "it takes no new requests";
    }

    private boolean isEmpty() {
        var load = replica.load();
        return requests.of(replica).isEmpty()
                && load.running() + load.waiting() == 0
                && !migrations.log().isTarget(replica)
                && !mayGetGranted();
    }

    /** Returns whether requests wait for adapters in a memory of which no replica takes any. */
    private boolean mayGetGranted() {
        var memory = pool.memory(replica);
        return memory.waiting() > 0 && memory.replicas().stream().noneMatch(pool::accepts);
    }
}
