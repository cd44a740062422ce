package org.dlora.cluster.samples;

import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.dlora.cluster.facts.RequestFacts;
import org.dlora.cluster.facts.RequestObserver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Samples of all replicas: one a second, for the last {@value #SECONDS} seconds. Empty until a
 * model is served. Thread-safe.
 */
public final class ClusterSamples implements RequestObserver {
    /** Seconds that are kept. */
    public static final int SECONDS = 300;

    private static final Logger log = LoggerFactory.getLogger(ClusterSamples.class);

    private final InstantSource clock;
    private final Map<String, Lane> lanes = new ConcurrentHashMap<>();
    private volatile List<String> order = List.of();
    private volatile int waitingForShared;
    private volatile boolean failed;

    /**
     * @param clock of the samples' times
     */
    public ClusterSamples(InstantSource clock) {
        this.clock = clock;
    }

    /** Returns the counter that a replica's steps are to be given to. */
    public StepTally tally(String replica) {
        return lane(replica).tally;
    }

    private Lane lane(String replica) {
        return lanes.computeIfAbsent(replica, _ -> new Lane());
    }

    /**
     * Takes a sample of each replica. What reading them throws is logged once, and the second has
     * none.
     *
     * @param cluster reads them
     */
    public void sample(Supplier<ClusterReading> cluster) {
        try {
            var reading = cluster.get();
            var readings = reading.replicas();
            var now = clock.instant();
            readings.forEach(one -> lane(one.replica()).sample(one, now));
            order = readings.stream().map(ReplicaReading::replica).toList();
            waitingForShared = reading.waitingForShared();
            failed = false;
        } catch (RuntimeException e) {
            if (!failed) {
                log.warn("The replicas could not be sampled", e);
            }
            failed = true;
        }
    }

    @Override
    public void ended(RequestFacts facts) {
        var replica = facts.replica();
        if (replica != null) {
            lane(replica).ended(facts.times(), facts.usage().outputTokens());
        }
    }

    /**
     * Returns the requests that waited, at the last sample, for an adapter in a memory that several
     * replicas share. They wait for none of these replicas alone.
     */
    public int waitingForShared() {
        return waitingForShared;
    }

    /** Returns the last seconds of each replica that has samples, in configured order. */
    public List<ReplicaTimeline> timelines() {
        var now = clock.instant();
        return order.stream()
                .map(replica -> lane(replica).timeline(now))
                .filter(Objects::nonNull)
                .toList();
    }
}
