package org.dlora.simulation;

import java.util.List;
import org.dlora.scheduling.ReplicaLoad;

/** Requests of the fullest replica over the mean of all, both averaged over samples. */
final class QueueImbalance {
    private double most;
    private double mean;

    void add(List<ReplicaLoad> loads) {
        most += loads.stream().mapToInt(QueueImbalance::requests).max().orElse(0);
        mean += loads.stream().mapToInt(QueueImbalance::requests).average().orElse(0);
    }

    private static int requests(ReplicaLoad load) {
        return load.running() + load.waiting();
    }

    /** Returns the ratio, at least 1; 1 if no sample had a request. */
    double ratio() {
        return mean == 0 ? 1 : most / mean;
    }
}
