package org.dlora.cluster;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.dlora.cluster.adapters.ModelNames;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.dispatch.MoveTargets;
import org.dlora.cluster.migration.AdapterMove;
import org.dlora.cluster.migration.Evacuation;
import org.dlora.cluster.migration.MigrationRecord;
import org.dlora.cluster.migration.MigrationService;
import org.dlora.cluster.migration.MigrationStatus;
import org.dlora.cluster.migration.Migrations;
import org.dlora.cluster.migration.MoveCause;
import org.dlora.cluster.migration.MoveConflictException;
import org.dlora.cluster.rebalance.RebalanceService;
import org.dlora.cluster.replicas.ReplicaPool;
import org.dlora.cluster.requests.LiveRequest;
import org.dlora.cluster.requests.LiveRequests;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.cluster.residency.AdapterStatus;
import org.dlora.engine.ReplicaRef;
import org.jspecify.annotations.Nullable;

/** Moves of a cluster's requests and adapters as an administrator orders them. */
public final class ClusterMigrations implements MigrationService {
    private final ReplicaPool pool;
    private final LiveRequests requests;
    private final Migrations migrations;
    private final ModelNames names;
    private final MoveTargets targets;
    private final Optional<RebalanceService> rebalancing;

    /** Moves by hand alone. */
    public ClusterMigrations(Cluster cluster) {
        this(cluster, Optional.empty());
    }

    public ClusterMigrations(Cluster cluster, RebalanceService rebalancing) {
        this(cluster, Optional.of(rebalancing));
    }

    private ClusterMigrations(Cluster cluster, Optional<RebalanceService> rebalancing) {
        this.rebalancing = rebalancing;
        pool = cluster.pool();
        requests = cluster.requests();
        migrations = cluster.migrations();
        names = cluster.names();
        targets = cluster.targets();
    }

    @Override
    public CompletableFuture<MigrationRecord> moveRequest(
            String request, String to, boolean sendKv, MoveCause cause) {
        return migrations.begin(request, to, sendKv, cause, null).copy();
    }

    @Override
    public CompletableFuture<AdapterMove> copyAdapter(String adapter, String to) {
        var target = pool.memory(pool.find(to));
        return load(adapter, id(adapter), target)
                .thenApply(_ -> new AdapterMove(adapter, null, target.name(), 0, false));
    }

    private static CompletableFuture<Void> load(String adapter, String id, AdapterMemory target) {
        try {
            return target.loadByHand(id);
        } catch (IllegalArgumentException _) {
            throw new NoSuchAdapterException(adapter); // It has gone meanwhile.
        }
    }

    @Override
    public CompletableFuture<AdapterMove> moveAdapter(
            String adapter, String to, @Nullable String from) {
        var id = id(adapter);
        var target = pool.memory(pool.find(to));
        var source = from == null ? home(adapter, id) : pool.memory(pool.find(from));
        if (source.equals(target)) {
            throw new IllegalArgumentException(
                    "Adapter '%s' does not move: replica %s uses memory %s, which is the one that it would leave"
                            .formatted(adapter, to, target.name()));
        }
        if (source.status(id).filter(AdapterStatus::pinned).isPresent()) {
            throw new IllegalStateException(
                    "Adapter '%s' is pinned; unpin it first".formatted(adapter));
        }
        if (!source.isResident(id)) {
            throw new IllegalStateException(
                    "Adapter '%s' is not resident in memory %s; copy it instead"
                            .formatted(adapter, source.name()));
        }
        if (targets.accepting(target).isEmpty()) {
            throw new IllegalStateException(
                    "No replica of memory %s takes requests".formatted(target.name()));
        }
        return load(adapter, id, target).thenCompose(_ -> leave(adapter, id, source, target));
    }

    /** Returns the only memory in which an adapter is resident. */
    private AdapterMemory home(String adapter, String id) {
        var homes = pool.memories().stream().filter(memory -> memory.isResident(id)).toList();
        if (homes.isEmpty()) {
            throw new IllegalStateException(
                    "Adapter '%s' is resident in no memory; copy it instead".formatted(adapter));
        }
        if (homes.size() > 1) {
            throw new IllegalArgumentException(
                    "Adapter '%s' is resident in memories %s; name a replica of the one that it leaves as 'from'"
                            .formatted(adapter, homes.stream().map(AdapterMemory::name).toList()));
        }
        return homes.getFirst();
    }

    // Evicted first, so that no new request of it comes to the memory while the others move.
    private CompletableFuture<AdapterMove> leave(
            String adapter, String id, AdapterMemory source, AdapterMemory target) {
        CompletableFuture<Void> absent;
        try {
            absent = source.evictByHand(id);
        } catch (IllegalArgumentException _) {
            throw new NoSuchAdapterException(adapter); // Unloaded while the target loaded it.
        } catch (IllegalStateException e) {
            throw new MoveConflictException(e.getMessage()); // Pinned meanwhile.
        }
        var evacuation =
                new Evacuation(
                        migrations,
                        MoveCause.ADAPTER,
                        () -> requests(id, source),
                        live -> targets.in(target, live));
        return evacuation
                .begin()
                .thenCompose(left -> {
                    evacuation.end();
                    var moved =
                            new AdapterMove(adapter, source.name(), target.name(), left, left == 0);
                    return left == 0
                            ? absent.thenApply(_ -> moved)
                            : CompletableFuture.completedFuture(moved);
                });
    }

    private List<LiveRequest> requests(String id, AdapterMemory source) {
        return requests.all().stream()
                .filter(live -> live.request().adapter().toString().equals(id))
                .filter(live -> isIn(live.owner(), source))
                .toList();
    }

    private static boolean isIn(@Nullable ReplicaRef owner, AdapterMemory memory) {
        return owner != null && memory.replicas().contains(owner);
    }

    private String id(String adapter) {
        return names.find(adapter)
                .map(ServedAdapter::id)
                .orElseThrow(() -> new NoSuchAdapterException(adapter));
    }

    @Override
    public Optional<RebalanceService> rebalancing() {
        return rebalancing;
    }

    @Override
    public List<MigrationStatus> running() {
        return migrations.running();
    }

    @Override
    public List<MigrationRecord> history() {
        return migrations.history();
    }
}
