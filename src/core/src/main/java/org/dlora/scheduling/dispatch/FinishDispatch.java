package org.dlora.scheduling.dispatch;

import static java.util.Comparator.comparingInt;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.dlora.scheduling.CostModel;
import org.jspecify.annotations.Nullable;

/**
 * Choice of the replica on which a new request is predicted to end soonest, the delay of others
 * counted. dLoRA (OSDI 2024) counts the batches that are outstanding on each replica instead. Here
 * the cost model predicts their seconds, beside those of loads and of cached prefixes.
 *
 * <p>The score of a replica is {@link Prospect#finish} plus {@code othersWeight} times {@link
 * Prospect#others}. {@link FinishForecast} has the terms. The least score wins, and of equal ones
 * the least load. Where the costs of a replica are not fitted, the least loaded one is chosen:
 * scores would compare guesses with measurements.
 *
 * <p>The choice depends on the values given alone. Requests that have been sent to a replica since
 * its outlook was taken have to be added to it.
 */
public final class FinishDispatch implements DispatchRule {
    /** Requests that a load of an adapter weighs as much as, where no costs are fitted. */
    private static final int LOAD_WEIGHT = 8;

    /** Order by unfinished requests, a load of the adapter counted as several. */
    private static final Comparator<ReplicaOutlook> BY_LOAD =
            comparingInt(FinishDispatch::load)
                    .thenComparingInt(outlook -> -outlook.load().freeBlocks())
                    .thenComparing(outlook -> outlook.load().id());

    private final DispatchSettings settings;

    public FinishDispatch(DispatchSettings settings) {
        this.settings = settings;
    }

    private static int load(ReplicaOutlook outlook) {
        boolean isAbsent = outlook.presence() instanceof AdapterPresence.Absent;
        return outlook.unfinished() + (isAbsent ? LOAD_WEIGHT : 0);
    }

    @Override
    public DispatchDecision choose(DispatchRequest request, List<ReplicaOutlook> replicas) {
        boolean isFitted = isFitted(replicas);
        var prospects = new ArrayList<Prospect>(replicas.size());
        ReplicaOutlook best = null;
        Prospect chosen = null;
        for (var outlook : replicas) {
            var refused = FinishForecast.refusal(request, outlook);
            var prospect =
                    refused == null && isFitted
                            ? FinishForecast.of(request, outlook)
                            : Prospect.unpredicted(outlook, refused);
            prospects.add(prospect);
            if (refused == null && isBetter(outlook, prospect, best, chosen)) {
                best = outlook;
                chosen = prospect;
            }
        }
        return new DispatchDecision(chosen, prospects, this);
    }

    @Override
    public DispatchPolicy policy() {
        return DispatchPolicy.PREDICTED_FINISH;
    }

    @Override
    public String reason(Prospect prospect, DispatchDecision decision) {
        return DispatchReasons.of(prospect, decision, settings);
    }

    private static boolean isFitted(List<ReplicaOutlook> replicas) {
        for (var outlook : replicas) {
            if (outlook.unavailable() == null && outlook.costs().equals(CostModel.UNCALIBRATED)) {
                return false;
            }
        }
        return true;
    }

    private boolean isBetter(
            ReplicaOutlook outlook,
            Prospect prospect,
            @Nullable ReplicaOutlook best,
            @Nullable Prospect chosen) {
        if (best == null || chosen == null) {
            return true;
        }
        // Without costs all scores are NaN, and equal.
        int byScore = Double.compare(prospect.score(settings), chosen.score(settings));
        return byScore < 0 || (byScore == 0 && BY_LOAD.compare(outlook, best) < 0);
    }
}
