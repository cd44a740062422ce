package org.dlora.app.wiring;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.dlora.app.settings.DloraProperties;
import org.dlora.catalogue.served.Catalogue;
import org.dlora.catalogue.shadow.ShadowMeters;
import org.dlora.cluster.Cluster;
import org.dlora.cluster.ClusterMigrations;
import org.dlora.cluster.ClusterReplicas;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.facts.RequestObserver;
import org.dlora.cluster.facts.ServedBase;
import org.dlora.cluster.migration.MigrationEvents;
import org.dlora.cluster.migration.MigrationMeters;
import org.dlora.cluster.rebalance.BackgroundSolver;
import org.dlora.cluster.rebalance.OjAlgoRebalancer;
import org.dlora.cluster.rebalance.Rebalancer;
import org.dlora.cluster.replicas.ReplicaEvents;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.cluster.samples.ClusterSamples;
import org.dlora.cluster.samples.SampleThread;
import org.dlora.cluster.supervision.ReplicaWatch;
import org.dlora.cluster.supervision.SupervisedReplica;
import org.dlora.engine.opening.Closing;
import org.dlora.model.BaseModel;
import org.dlora.replica.SchedulingSettings;
import org.dlora.security.TeamShares;
import org.springframework.stereotype.Component;

/** Factory of the cluster, and of the threads that watch, sample and rebalance its replicas. */
@Component
final class ClusterFactory {
    private final DloraProperties settings;
    private final MeterRegistry metrics;
    private final List<RequestObserver> observers;
    private final ClusterEvents events;
    private final TeamShares teams;
    private final ClusterSamples samples;
    private final Clock clock;

    /**
     * @param observers are told of each request's end
     * @param teams shares of service of the teams
     * @param samples of the replicas
     */
    ClusterFactory(
            DloraProperties settings,
            MeterRegistry metrics,
            List<RequestObserver> observers,
            ClusterEvents events,
            TeamShares teams,
            ClusterSamples samples,
            Clock clock) {
        this.settings = settings;
        this.metrics = metrics;
        this.observers = observers;
        this.events = events;
        this.teams = teams;
        this.samples = samples;
        this.clock = clock;
    }

    /** Joins replicas that are warm to a cluster, and starts its threads. */
    RunningCluster start(
            PlacedWeights placed,
            List<SupervisedReplica> replicas,
            List<AdapterMemory> memories,
            Catalogue catalogue,
            SchedulingSettings scheduling,
            Closing closing) {
        var cluster =
                cluster(placed.identity(), replicas, memories, catalogue, scheduling, closing);
        join(cluster, placed.model().base());
        closing.later(
                        new ReplicaWatch(
                                replicas,
                                settings.watchdog().settings(),
                                new ReplicaEvents(cluster, events),
                                metrics))
                .start();
        closing.later(new SampleThread(samples, replicas, cluster::accepts, memories)).start();
        var service = new ClusterReplicas(cluster, clock);
        service.measure(metrics);
        if (settings.placement().enabled()) {
            cluster.placer().start();
        }
        var rebalancer = closing.later(rebalancer(cluster));
        if (settings.rebalance().enabled() && replicas.size() > 1) {
            rebalancer.start();
        }
        return new RunningCluster(cluster, service, new ClusterMigrations(cluster, rebalancer));
    }

    private Cluster cluster(
            ServedBase identity,
            List<SupervisedReplica> replicas,
            List<AdapterMemory> memories,
            Catalogue catalogue,
            SchedulingSettings scheduling,
            Closing closing) {
        observers.forEach(observer -> observer.serves(identity));
        var moves = new MigrationMeters(metrics);
        var watching = new ArrayList<>(observers);
        watching.add(moves);
        watching.add(new ShadowMeters(metrics));
        var cluster =
                closing.later(
                        new Cluster(
                                replicas,
                                memories,
                                settings.queue(),
                                catalogue,
                                scheduling,
                                settings.dispatch().policy().rule(),
                                watching));
        cluster.migrations().watch(moves);
        cluster.migrations().watch(new MigrationEvents(events));
        return cluster;
    }

    /** Gives the cluster the model's constraints and the teams' shares. */
    private void join(Cluster cluster, BaseModel model) {
        cluster.keepConstraintsBy(constraint -> model.constraints().use(constraint));
        cluster.shareBy(team -> teams.shareOf(team.name()));
        teams.onChange(cluster::followShares);
    }

    private Rebalancer rebalancer(Cluster cluster) {
        return new Rebalancer(
                cluster.balance(),
                new BackgroundSolver(new OjAlgoRebalancer()),
                settings.rebalance().settings(),
                settings.maxBatch(),
                () -> 1e-9 * System.nanoTime(),
                clock);
    }
}
