package org.dlora.scheduling.policy;

import java.util.Map;
import org.dlora.scheduling.Decision;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.Policy;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.SnapshotIndex;
import org.dlora.scheduling.Stateless;
import org.dlora.scheduling.StepDecision;
import org.dlora.scheduling.StepShape;
import org.dlora.scheduling.step.Exclusive;

/**
 * The policy {@code merged}: only the adapter of the oldest request runs, merged. It is the paper's
 * baseline. Requests for the base, and those of adapters that cannot be merged, run alone and
 * unmerged.
 */
public final class OldestAdapterPolicy implements Policy<Stateless> {

    @Override
    public String name() {
        return "merged";
    }

    @Override
    public Stateless start() {
        return new Stateless();
    }

    @Override
    public Decision<Stateless> decide(Snapshot snapshot, Stateless state) {
        if (snapshot.sequences().isEmpty()) {
            return Decision.idle(name(), snapshot, state);
        }
        var index = SnapshotIndex.of(snapshot);
        var key = snapshot.sequences().getFirst().adapter();
        var unmergeable = Exclusive.unmergeable(index);
        var selected = index.sequences(key).stream().limit(snapshot.limits().maxBatch()).toList();
        var target = unmergeable.containsKey(key) ? Mode.unmerged() : Mode.merged(key);
        var plan = Exclusive.plan(index, selected, target);
        double step = snapshot.costs().step(StepShape.of(index, plan));
        var why =
                "%s has the oldest request%s"
                        .formatted(key.quoted(), Exclusive.explained(key, unmergeable));
        return new Decision<>(
                plan,
                state,
                StepDecision.byRule(name(), target.toString(), why, plan, step, Map.of()));
    }
}
