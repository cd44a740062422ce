package org.dlora.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.dlora.scheduling.StepPlan.Run;

/** Rules that every plan of every policy keeps, for sequences that share no blocks. */
final class PlanRules {
    private PlanRules() {}

    static void check(Snapshot snapshot, StepPlan plan) {
        var limits = snapshot.limits();
        Map<Long, SequenceView> views = new HashMap<>();
        snapshot.sequences().forEach(v -> views.put(v.id(), v));
        var running = plan.run().stream().map(Run::sequence).toList();
        assertThat(running).doesNotHaveDuplicates().isSubsetOf(views.keySet());
        assertThat(running.isEmpty()).isEqualTo(snapshot.sequences().isEmpty());
        assertThat(running).hasSizeLessThanOrEqualTo(limits.maxBatch());
        assertThat(plan.preempt())
                .doesNotHaveDuplicates()
                .doesNotContainAnyElementsOf(running)
                .isSubsetOf(views.keySet());
        assertThat(plan.run().stream().mapToInt(Run::rows).sum())
                .isLessThanOrEqualTo(limits.maxTokens());
        int promptLogits = 0;
        int free = snapshot.freeBlocks();
        for (long id : plan.preempt()) {
            free += view(views, id).blocks();
        }
        for (var run : plan.run()) {
            var view = view(views, run.sequence());
            assertThat(run.rows()).isBetween(1, view.runnable());
            promptLogits += view.promptLogits(run.rows());
            free -= Math.max(0, limits.blocksFor(view.start() + run.rows()) - view.blocks());
            checkMode(snapshot, plan.mode(), view);
        }
        assertThat(free).isNotNegative();
        assertThat(promptLogits).isLessThanOrEqualTo(StepLimits.PROMPT_LOGIT_ROWS);
        assertThat(snapshot.merge().isReady(plan.mode())).as("%s is ready", plan.mode()).isTrue();
        if (plan.target() instanceof Mode.Merged(var adapter)) {
            assertThat(SnapshotIndex.of(snapshot).get(AdapterRef.of(adapter)).rules().mergeable())
                    .isTrue();
        }
    }

    private static SequenceView view(Map<Long, SequenceView> views, long id) {
        return Objects.requireNonNull(views.get(id));
    }

    private static void checkMode(Snapshot snapshot, Mode mode, SequenceView view) {
        if (!(mode instanceof Mode.Merged(var merged))) {
            return;
        }
        assertThat(view.request().exact()).as("%s in %s", view, mode).isFalse();
        var rules = SnapshotIndex.of(snapshot).get(AdapterRef.of(merged)).rules();
        assertThat(view.adapter().is(merged) || rules.mixable())
                .as("%s in %s", view, mode)
                .isTrue();
    }
}
