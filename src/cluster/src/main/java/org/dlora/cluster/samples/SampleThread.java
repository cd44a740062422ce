package org.dlora.cluster.samples;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.function.Predicate;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.cluster.watch.LookThread;
import org.dlora.engine.ReplicaRef;

/** Thread that samples the replicas once a second. */
public final class SampleThread implements AutoCloseable {
    private static final Duration PERIOD = Duration.ofSeconds(1);

    private final List<? extends ReplicaRef> replicas;
    private final Predicate<ReplicaRef> accepts;
    private final List<AdapterMemory> memories;
    private final LookThread thread;

    /**
     * @param accepts whether a replica takes requests
     * @param memories of the replicas' adapters
     */
    public SampleThread(
            ClusterSamples samples,
            List<? extends ReplicaRef> replicas,
            Predicate<ReplicaRef> accepts,
            List<AdapterMemory> memories) {
        this.accepts = accepts;
        this.replicas = List.copyOf(replicas);
        this.memories = List.copyOf(memories);
        thread = new LookThread("samples", PERIOD, PERIOD, () -> samples.sample(this::read));
    }

    public void start() {
        thread.start();
    }

    private ClusterReading read() {
        var waiting = new HashMap<ReplicaRef, Integer>();
        int waitingForShared = 0;
        for (var memory : memories) {
            if (memory.replicas().size() == 1) {
                waiting.put(memory.replicas().getFirst(), memory.waiting());
            } else {
                waitingForShared += memory.waiting();
            }
        }
        var readings = new ArrayList<ReplicaReading>();
        for (var replica : replicas) {
            var figures = replica.figures();
            readings.add(
                    new ReplicaReading(
                            replica.id(),
                            figures.kind(),
                            replica.isServing(),
                            accepts.test(replica),
                            replica.load(),
                            waiting.getOrDefault(replica, 0),
                            figures.mode()));
        }
        return new ClusterReading(readings, waitingForShared);
    }

    @Override
    public void close() {
        thread.close();
    }
}
