package org.dlora.scheduling.fair;

import static java.util.Comparator.comparingDouble;

import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** A team's entitled flows by lead, and the team's lead with the picked sequences. */
final class TeamQueue {
    private final int rank;
    private final double share;
    private final PriorityQueue<FlowQueue> turns =
            new PriorityQueue<>(comparingDouble(FlowQueue::lead).thenComparingInt(FlowQueue::rank));
    private double lead;

    /**
     * @param rank order of its oldest request, the smaller the older
     */
    TeamQueue(int rank, double lead, double share) {
        this.rank = rank;
        this.lead = lead;
        this.share = share;
    }

    double lead() {
        return lead;
    }

    int rank() {
        return rank;
    }

    void add(double service) {
        lead += service / share;
    }

    /** Adds a flow, whose lead must not change until it is taken. */
    void offer(FlowQueue flow) {
        turns.add(flow);
    }

    /** Takes the flow with the smallest lead; null if there is none. */
    @Nullable FlowQueue take() {
        return turns.poll();
    }
}
