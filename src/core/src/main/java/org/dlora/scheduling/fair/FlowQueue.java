package org.dlora.scheduling.fair;

import java.util.List;
import java.util.function.Predicate;
import org.dlora.scheduling.SequenceView;
import org.jspecify.annotations.Nullable;

/** A flow's sequences in the order of a step, oldest first, and its lead with the picked ones. */
final class FlowQueue {
    private final int rank;
    private final List<SequenceView> sequences;
    private final TeamQueue team;
    private final double weight;
    private double lead;
    private int next;
    private int nextHolder;

    /**
     * @param rank order of its oldest request, the smaller the older
     * @param lead of the flow in its team
     * @param weight of the flow in its team
     */
    FlowQueue(int rank, List<SequenceView> sequences, TeamQueue team, double lead, double weight) {
        this.rank = rank;
        this.sequences = sequences;
        this.team = team;
        this.lead = lead;
        this.weight = weight;
    }

    double lead() {
        return lead;
    }

    int rank() {
        return rank;
    }

    TeamQueue team() {
        return team;
    }

    /** Returns the oldest sequence that is eligible; none that was not will be later. */
    @Nullable SequenceView head(Predicate<SequenceView> isEligible) {
        while (next < sequences.size() && !isEligible.test(sequences.get(next))) {
            next++;
        }
        return next < sequences.size() ? sequences.get(next) : null;
    }

    /** Returns the oldest block holder that is eligible; none that was not will be later. */
    @Nullable SequenceView holder(Predicate<SequenceView> isEligible) {
        while (nextHolder < sequences.size()
                && !(sequences.get(nextHolder).holdsBlocks()
                        && isEligible.test(sequences.get(nextHolder)))) {
            nextHolder++;
        }
        return nextHolder < sequences.size() ? sequences.get(nextHolder) : null;
    }

    /** Adds the service that a picked sequence is expected to get. */
    void add(double service) {
        lead += service / weight;
        team.add(service);
    }
}
