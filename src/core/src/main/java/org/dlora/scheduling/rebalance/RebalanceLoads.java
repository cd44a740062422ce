package org.dlora.scheduling.rebalance;

/** The loads of all replicas before any move, in seconds. */
final class RebalanceLoads {
    private final double[] seconds;

    RebalanceLoads(ProblemIndex index) {
        seconds = new double[index.replicaCount()];
        var blocks = new long[seconds.length];
        for (int i = 0; i < index.requestCount(); i++) {
            seconds[index.home(i)] += index.request(i).seconds();
            blocks[index.home(i)] += index.request(i).endBlocks();
        }
        for (int j = 0; j < seconds.length; j++) {
            seconds[j] +=
                    Math.max(0, blocks[j] - index.site(j).kvBlocks())
                            * index.problem().swapSeconds();
        }
    }

    double of(int j) {
        return seconds[j];
    }

    /** Returns the replica with the largest load, the first of several. */
    int fullest() {
        int most = 0;
        for (int j = 1; j < seconds.length; j++) {
            most = seconds[j] > seconds[most] ? j : most;
        }
        return most;
    }

    double mean() {
        double sum = 0;
        for (double load : seconds) {
            sum += load;
        }
        return sum / seconds.length;
    }
}
