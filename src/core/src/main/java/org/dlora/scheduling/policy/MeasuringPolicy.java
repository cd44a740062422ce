package org.dlora.scheduling.policy;

import static java.util.Comparator.comparingLong;

import java.util.Optional;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.AdapterView;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.Decision;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.Policy;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.StepPlan;

/**
 * Wrapper of a policy that has the cost of a merge measured. It can replace an unmerged target of a
 * plan by a merged one. The wrapped policy decides everything else.
 *
 * <p>A policy with an {@linkplain CostModel#isMergeEstimated estimated} cost may never merge, and
 * so never get it measured. So while nothing else is to be built, the working adapter with most
 * operations is built. A build that was begun is finished. The first finished build corrects the
 * estimate.
 *
 * @param policy the policy that decides
 * @param <S> its state
 */
public record MeasuringPolicy<S>(Policy<S> policy) implements Policy<S> {
    @Override
    public String name() {
        return policy.name();
    }

    @Override
    public boolean goesByArrivalAlone() {
        return policy.goesByArrivalAlone();
    }

    @Override
    public boolean countsTeams() {
        return policy.countsTeams();
    }

    @Override
    public boolean mayMerge() {
        return policy.mayMerge();
    }

    @Override
    public S start() {
        return policy.start();
    }

    @Override
    public Decision<S> decide(Snapshot snapshot, S state) {
        var decision = policy.decide(snapshot, state);
        boolean isToMeasure =
                policy.mayMerge()
                        && snapshot.costs().isMergeEstimated()
                        && decision.plan().target() instanceof Mode.Unmerged;
        return isToMeasure
                ? toMeasure(snapshot).map(adapter -> withTarget(decision, adapter)).orElse(decision)
                : decision;
    }

    private static Optional<AdapterRef> toMeasure(Snapshot snapshot) {
        var building = snapshot.merge().building();
        return building != null
                ? Optional.of(AdapterRef.of(building.adapter()))
                : snapshot.adapters().stream()
                        .filter(view -> view.rules().mergeable() && view.lora().mergeFlops() > 0)
                        .max(comparingLong(view -> view.lora().mergeFlops()))
                        .map(AdapterView::id);
    }

    private static <S> Decision<S> withTarget(Decision<S> decision, AdapterRef adapter) {
        var plan = decision.plan();
        var target = Mode.merged(adapter);
        var why = "%s is built to measure what merging takes".formatted(adapter.quoted());
        return new Decision<>(
                new StepPlan(plan.mode(), target, plan.preempt(), plan.run()),
                decision.next(),
                decision.explanation().withTarget(target, why));
    }
}
