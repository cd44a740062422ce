package org.dlora.cluster;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.dlora.cluster.adapters.ModelNames;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.dispatch.MoveTargets;
import org.dlora.cluster.migration.Migrations;
import org.dlora.cluster.migration.ReplicaDrain;
import org.dlora.cluster.replicas.ReplicaCondition;
import org.dlora.cluster.replicas.ReplicaPool;
import org.dlora.cluster.replicas.ReplicaReport;
import org.dlora.cluster.replicas.ReplicaReport.Condition;
import org.dlora.cluster.replicas.ReplicaReport.Kept;
import org.dlora.cluster.replicas.ReplicaReport.OpenRequest;
import org.dlora.cluster.replicas.ReplicaRestarts;
import org.dlora.cluster.replicas.ReplicaService;
import org.dlora.cluster.replicas.ReplicaStatus;
import org.dlora.cluster.replicas.RestartableReplica;
import org.dlora.cluster.requests.LiveRequest;
import org.dlora.cluster.requests.LiveRequests;
import org.dlora.cluster.residency.AdapterStatus;
import org.dlora.engine.ReplicaRef;
import org.dlora.scheduling.residency.Residence;
import org.jspecify.annotations.Nullable;

/** The replicas of a cluster as an administrator sees and drains them. */
public final class ClusterReplicas implements ReplicaService {
    private final ReplicaPool pool;
    private final ReplicaRestarts restarts;
    private final LiveRequests requests;
    private final Migrations migrations;
    private final ModelNames names;
    private final MoveTargets targets;
    private final Clock clock;
    private final Map<String, ReplicaDrain> drains = new HashMap<>();
    private final Map<String, Instant> servingSince = new HashMap<>();

    /**
     * @param clock of the times in reports
     */
    public ClusterReplicas(Cluster cluster, Clock clock) {
        pool = cluster.pool();
        restarts = cluster;
        requests = cluster.requests();
        migrations = cluster.migrations();
        names = cluster.names();
        targets = cluster.targets();
        this.clock = clock;
        pool.all().forEach(replica -> servingSince.put(replica.id(), clock.instant()));
    }

    @Override
    public List<ReplicaReport> replicas() {
        return pool.all().stream().map(this::report).toList();
    }

    @Override
    public ReplicaReport replica(String id) {
        return report(pool.find(id));
    }

    @Override
    public Map<String, Condition> conditions() {
        var conditions = new LinkedHashMap<String, Condition>();
        pool.all().forEach(replica -> conditions.put(replica.id(), condition(replica)));
        return conditions;
    }

    /** Registers a gauge of each replica's drain, so that a forgotten one is noticed. */
    public void measure(MeterRegistry registry) {
        for (var replica : pool.all()) {
            Gauge.builder(
                            "dlora.replica.draining",
                            this,
                            replicas -> replicas.isDrained(replica.id()) ? 1 : 0)
                    .description("1 from the drain of the replica until it is resumed, else 0")
                    .tag("replica", replica.id())
                    .register(registry);
        }
    }

    private synchronized boolean isDrained(String id) {
        return drains.containsKey(id);
    }

    private ReplicaReport report(ReplicaRef replica) {
        return new ReplicaReport(
                replica.id(),
                pool.memory(replica).name(),
                condition(replica),
                replica.load(),
                adapters(replica),
                requests.of(replica).stream()
                        .map(this::unfinished)
                        .sorted(Comparator.comparingDouble(OpenRequest::age).reversed())
                        .toList());
    }

    private synchronized Condition condition(ReplicaRef replica) {
        if (!replica.isServing()) {
            return replica instanceof RestartableReplica known
                    ? failed(known.condition())
                    : new Condition(
                            ReplicaStatus.CLOSED, "it has ended; the server's log says why", null);
        }
        var drain = drains.get(replica.id());
        return drain == null
                ? new Condition(ReplicaStatus.SERVING, null, servingSince(replica))
                : drain.condition(clock.instant());
    }

    /** Returns when it last began to serve, or was last resumed. */
    private @Nullable Instant servingSince(ReplicaRef replica) {
        var resumed = servingSince.get(replica.id());
        if (replica instanceof RestartableReplica known && resumed != null) {
            var begun = known.condition().since();
            return begun.isAfter(resumed) ? begun : resumed;
        }
        return resumed;
    }

    private static Condition failed(ReplicaCondition condition) {
        var status =
                switch (condition.state()) {
                    case SERVING -> ReplicaStatus.SERVING;
                    case FENCED -> ReplicaStatus.FENCED;
                    case RESTARTING -> ReplicaStatus.RESTARTING;
                    case CLOSED -> ReplicaStatus.CLOSED;
                };
        return new Condition(status, condition.reason(), condition.since());
    }

    @Override
    public CompletableFuture<Void> restart(String id, boolean force) {
        var replica = pool.find(id);
        boolean isAlone =
                replica.isServing()
                        && pool.acceptingOrDraining(pool.all(), Set.of(replica)).isEmpty();
        if (isAlone && !force) {
            throw new IllegalStateException(
                    "Replica %s is the only one that serves, so its requests would fail; send {\"force\": true} to restart it all the same"
                            .formatted(id));
        }
        return restarts.restart(id);
    }

    private List<Kept> adapters(ReplicaRef replica) {
        return pool.memory(replica).held().stream()
                .filter(status -> status.residence() == Residence.RESIDENT)
                .map(status -> new Kept(name(status), status.bytes()))
                .toList();
    }

    private String name(AdapterStatus status) {
        return names.find(status.name())
                .filter(main -> main.id().equals(status.id()))
                .map(ServedAdapter::name)
                .orElse(status.id());
    }

    private OpenRequest unfinished(LiveRequest live) {
        var tracked = live.tracked();
        var adapter = live.request().adapter();
        return new OpenRequest(
                live.id(),
                tracked.clientId(),
                tracked.model(),
                adapter.isBase() ? null : adapter.toString(),
                live.outputTokens(),
                tracked.age(),
                migrations.log().target(live.id()).orElse(null));
    }

    @Override
    public synchronized void drain(String id) {
        var replica = pool.find(id);
        if (drains.containsKey(id)) {
            return;
        }
        if (pool.accepting(pool.all(), Set.of(replica)).isEmpty()) {
            throw new IllegalStateException(
                    "Replica %s is the last one that takes requests; resume another one first"
                            .formatted(id));
        }
        pool.drain(id, true);
        var drain = new ReplicaDrain(replica, pool, requests, migrations, targets, clock.instant());
        drains.put(id, drain);
        drain.begin();
    }

    @Override
    public synchronized void resume(String id) {
        pool.drain(id, false);
        var drain = drains.remove(id);
        if (drain != null) {
            drain.end();
            servingSince.put(id, clock.instant());
        }
    }
}
