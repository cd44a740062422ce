package org.dlora.scheduling.policy;

import java.util.Map;
import org.dlora.scheduling.Decision;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.Policy;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.SnapshotIndex;
import org.dlora.scheduling.Stateless;
import org.dlora.scheduling.StepDecision;
import org.dlora.scheduling.StepPlan;
import org.dlora.scheduling.StepShape;
import org.dlora.scheduling.step.InOrder;
import org.dlora.scheduling.step.StepDraft;

/**
 * The policy {@code unmerged}: requests of all adapters in the order of arrival, never merged.
 *
 * <p>The oldest sequence always advances, so every sequence finishes or becomes the oldest. Let a
 * step have B rows, D of them decode rows. A prompt of p rows is done after at most {@code ⌈2p / (B
 * - D)⌉} steps as the oldest. Later arrivals do not change that. Only a limit to the time to the
 * first token selects other prompts before it. A short prompt does not wait for a long one. Prompts
 * of one length finish in the order of arrival.
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

    public StepPlan plan(Snapshot snapshot) {
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
