package org.dlora.scheduling;

import java.util.Map;

/**
 * {@code unmerged}: all in the order of arrival, whatever their adapter, and never a merge.
 *
 * <p>The oldest always advances, by which every sequence becomes the oldest or finishes before:
 * with B rows in a step and D decodes, a prompt of p rows is done after at most {@code ⌈2p / (B -
 * D)⌉} steps as the oldest one, which it becomes when those before it are done, whatever comes
 * after it, as long as no limit to the first token puts others before it. A short prompt does not
 * wait for a long one, and prompts of one length finish in the order of arrival.
 *
 * @see InOrder
 */
public final class ArrivalOrderPolicy implements Policy<Stateless> {

    @Override
    public String name() {
        return "unmerged";
    }

    @Override
    public Stateless start() {
        return new Stateless();
    }

    @Override
    public boolean goesByArrivalAlone() {
        return true;
    }

    @Override
    public boolean mayMerge() {
        return false;
    }

    StepPlan plan(Snapshot snapshot) {
        return plan(SnapshotIndex.of(snapshot));
    }

    private static StepPlan plan(SnapshotIndex index) {
        var draft = new StepDraft(index, index.selectable(), Mode.unmerged());
        InOrder.share(draft);
        return draft.toPlan(Mode.unmerged(), Mode.unmerged());
    }

    @Override
    public Decision<Stateless> decide(Snapshot snapshot, Stateless state) {
        if (snapshot.sequences().isEmpty()) {
            return Decision.idle(name(), snapshot, state);
        }
        var index = SnapshotIndex.of(snapshot);
        var plan = plan(index);
        double step = snapshot.costs().step(StepShape.of(index, plan));
        var why = "in the order of arrival";
        return new Decision<>(
                plan, state, StepDecision.byRule(name(), "unmerged", why, plan, step, Map.of()));
    }
}
