package org.dlora.scheduling;

import java.util.Map;

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
