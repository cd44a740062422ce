package org.dlora.app.wiring;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.List;
import java.util.stream.IntStream;
import org.dlora.app.device.FencedMemory;
import org.dlora.app.device.MemoryShare;
import org.dlora.app.device.Plural;
import org.dlora.app.settings.DloraProperties;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.facts.ModeSwitches;
import org.dlora.cluster.samples.ClusterSamples;
import org.dlora.cluster.supervision.SupervisedReplica;
import org.dlora.engine.ReplicaSettings;
import org.dlora.engine.merging.MergePermits;
import org.dlora.engine.meters.ReplicaMetrics;
import org.dlora.engine.opening.Closing;
import org.dlora.engine.opening.ReplicaIncarnations;
import org.dlora.engine.opening.ReplicaIncarnations.CopyMemories;
import org.dlora.replica.SchedulingSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Factory of the replicas that the settings name. */
@Component
final class ReplicasFactory {
    private static final Logger log = LoggerFactory.getLogger(ReplicasFactory.class);

    private final DloraProperties settings;
    private final MeterRegistry metrics;
    private final ClusterEvents events;
    private final ClusterSamples samples;
    private final Clock clock;

    ReplicasFactory(
            DloraProperties settings,
            MeterRegistry metrics,
            ClusterEvents events,
            ClusterSamples samples,
            Clock clock) {
        this.settings = settings;
        this.metrics = metrics;
        this.events = events;
        this.samples = samples;
        this.clock = clock;
    }

    /** Starts all replicas. */
    List<SupervisedReplica> start(
            PlacedWeights placed,
            MergePermits permits,
            SchedulingSettings scheduling,
            ServedAdapters adapters,
            Closing closing) {
        return IntStream.range(0, settings.replicasOrDefault().size())
                .mapToObj(number ->
                        closing.later(replica(number, placed, permits, scheduling, adapters)))
                .toList();
    }

    private SupervisedReplica replica(
            int number,
            PlacedWeights placed,
            MergePermits permits,
            SchedulingSettings scheduling,
            ServedAdapters adapters) {
        var model = placed.model().base();
        var share = MemoryShare.of(number, placed.shares());
        var on = placed.model().devices().of(number);
        var sizes = sizes(String.valueOf(number), share);
        int threads = threads(number);
        var meters = new ReplicaMetrics(metrics, sizes.id());
        meters.watchSteps(new ModeSwitches(sizes.id(), events).andThen(samples.tally(sizes.id())));
        log.info(
                "Replica {} has {} and a KV cache of {} tokens{}",
                number,
                Plural.of(threads, "thread"),
                share.cache().tokens(),
                share.cache().growth());
        var incarnations =
                new ReplicaIncarnations(
                        sizes,
                        model,
                        placed.weights().on(on.device()),
                        on.device(),
                        threads,
                        permits,
                        meters,
                        placed.parking()
                                .<CopyMemories>map(host -> host::copies)
                                .orElse(adapters.memory(share)::copies));
        long buffers = ReplicaSettings.bufferBytes(model.spec(), settings.stepLimits());
        return new SupervisedReplica(
                incarnations::start,
                new FencedMemory(on.ledger(), share.books(), buffers),
                scheduling,
                clock);
    }

    private ReplicaSettings sizes(String id, MemoryShare share) {
        var cache = share.cache();
        return new ReplicaSettings(
                id,
                settings.stepLimits(),
                cache.most(),
                cache.blocks(),
                cache.dtype(),
                cache.maxModelLength(),
                settings.prefixCache(),
                cache.mergeBytes(),
                settings.maxMaskWork());
    }

    /** Returns the threads of a replica: as they are set, or an equal part of the processors. */
    private int threads(int number) {
        var replicas = settings.replicasOrDefault();
        int threads = replicas.get(number).threads();
        return threads == 0
                ? Math.max(1, Runtime.getRuntime().availableProcessors() / replicas.size())
                : threads;
    }

    /** Measures what steps take on each replica, one after another. */
    static void warmUp(List<SupervisedReplica> replicas, Closing closing) {
        for (var replica : replicas) {
            log.info("Warming up replica {}", replica.id());
            replica.warmUp(closing::goOn);
        }
    }
}
