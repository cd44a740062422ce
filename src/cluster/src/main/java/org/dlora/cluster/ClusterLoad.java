package org.dlora.cluster;

import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import org.dlora.replica.ActiveAdapters;
import org.dlora.scheduling.ReplicaLoad;

/**
 * The load of all replicas together, at one moment.
 *
 * @param running requests that hold KV blocks
 * @param waiting requests that hold none, those that wait for their adapters among them
 * @param runningAdapters names of the adapters with running requests
 * @param waitingAdapters names of the adapters with waiting requests
 */
public record ClusterLoad(
        int running,
        int waiting,
        int freeBlocks,
        int totalBlocks,
        List<String> runningAdapters,
        List<String> waitingAdapters) {

    /** Returns this with requests that wait for their adapters. */
    ClusterLoad withWaiting(int requests, List<String> adapters) {
        return new ClusterLoad(
                running,
                waiting + requests,
                freeBlocks,
                totalBlocks,
                runningAdapters,
                Stream.concat(waitingAdapters.stream(), adapters.stream()).distinct().toList());
    }

    static ClusterLoad of(List<ReplicaLoad> loads, List<ActiveAdapters> adapters) {
        return new ClusterLoad(
                sum(loads, ReplicaLoad::running),
                sum(loads, ReplicaLoad::waiting),
                sum(loads, ReplicaLoad::freeBlocks),
                sum(loads, ReplicaLoad::totalBlocks),
                union(adapters, ActiveAdapters::running),
                union(adapters, ActiveAdapters::waiting));
    }

    private static int sum(List<ReplicaLoad> loads, ToIntFunction<ReplicaLoad> value) {
        return loads.stream().mapToInt(value).sum();
    }

    private static List<String> union(
            List<ActiveAdapters> adapters, Function<ActiveAdapters, List<String>> names) {
        return adapters.stream().map(names).flatMap(Collection::stream).distinct().toList();
    }

    /** Returns the share of the KV blocks that is held, 0 to 1. */
    public double kvUsage() {
        return 1 - (double) freeBlocks / totalBlocks;
    }
}
