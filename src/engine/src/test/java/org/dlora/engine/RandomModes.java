package org.dlora.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.dlora.scheduling.AdapterView;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.SequenceView;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.StepPlan;

/** Runs what another plans, in modes that are drawn, and changes at random what is to be merged. */
final class RandomModes implements Function<Snapshot, StepPlan> {
    private final Function<Snapshot, StepPlan> plans;
    private final Random random;
    private Mode target = Mode.unmerged();

    RandomModes(Function<Snapshot, StepPlan> plans, Random random) {
        this.plans = plans;
        this.random = random;
    }

    @Override
    public StepPlan apply(Snapshot snapshot) {
        var plan = plans.apply(snapshot);
        if (random.nextInt(6) == 0 || !isLoaded(target, snapshot)) {
            target = drawTarget(snapshot);
        }
        return new StepPlan(drawMode(snapshot, plan), target, plan.preempt(), plan.run());
    }

    private Mode drawTarget(Snapshot snapshot) {
        var mergeable =
                snapshot.adapters().stream().filter(view -> view.rules().mergeable()).toList();
        return mergeable.isEmpty() || random.nextInt(4) == 0
                ? Mode.unmerged()
                : Mode.merged(mergeable.get(random.nextInt(mergeable.size())).id());
    }

    private static boolean isLoaded(Mode mode, Snapshot snapshot) {
        return mode.equals(Mode.unmerged()) || snapshot.loaded().stream().anyMatch(mode::isMerged);
    }

    /** Draws a mode that is ready and suits all running sequences. */
    private Mode drawMode(Snapshot snapshot, StepPlan plan) {
        var ids = plan.run().stream().map(StepPlan.Run::sequence).toList();
        var running = snapshot.sequences().stream().filter(v -> ids.contains(v.id())).toList();
        var modes = new ArrayList<Mode>(List.of(Mode.unmerged()));
        for (var view : snapshot.adapters()) {
            var mode = Mode.merged(view.id());
            if (!view.id().isBase()
                    && snapshot.merge().isReady(mode)
                    && running.stream().allMatch(v -> suits(v, view))) {
                modes.add(mode);
                modes.add(mode);
            }
        }
        return modes.get(random.nextInt(modes.size()));
    }

    private static boolean suits(SequenceView sequence, AdapterView merged) {
        return !sequence.request().exact()
                && (merged.rules().mixable() || merged.id().equals(sequence.adapter()));
    }
}
