package org.dlora.scheduling.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.SequenceRequest;
import org.dlora.scheduling.SequenceView;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.StepPlan;
import org.dlora.scheduling.StepPlan.Run;
import org.junit.jupiter.api.Test;

class ArrivalOrderPolicyTest {
    private final ArrivalOrderPolicy policy = new ArrivalOrderPolicy();

    @Test
    void plansNothingWithoutSequences() {
        assertThat(plan(new StepLimits(4, 64, 16), 10))
                .isEqualTo(new StepPlan(List.of(), List.of()));
    }

    @Test
    void decodesGoFirstThenTheOldestPromptGetsHalfAndShortOnesTheRest() {
        var limits = new StepLimits(4, 20, 16);
        var plan =
                plan(
                        limits,
                        100,
                        running(1, 40, 16),
                        running(2, 30, 29),
                        waiting(3, 50),
                        waiting(4, 5));
        // The earlier prompt of the short one's adapter gets a row first.
        assertThat(plan.run())
                .containsExactly(new Run(1, 13), new Run(2, 1), new Run(3, 1), new Run(4, 5));

        var wide = new StepLimits(4, 64, 16);
        plan =
                plan(
                        wide,
                        100,
                        running(1, 40, 16),
                        running(2, 30, 29),
                        waiting(3, 50),
                        waiting(4, 5));
        assertThat(plan.run())
                .containsExactly(new Run(1, 24), new Run(2, 1), new Run(3, 34), new Run(4, 5));
    }

    @Test
    void theOldestRunsEvenWhereDecodesTakeTheWholeBudget() {
        var plan =
                plan(
                        new StepLimits(8, 2, 16),
                        9,
                        waiting(1, 40),
                        running(2, 9, 8),
                        running(3, 9, 8));
        assertThat(plan.run()).containsExactly(new Run(1, 1), new Run(2, 1));
    }

    @Test
    void aDecodeGoesBeforeOlderPromptsOfItsAdapterWhereRowsAreFewerThanSequences() {
        var sequences = new ArrayList<SequenceView>();
        for (int id = 1; id <= 20; id++) {
            sequences.add(running(id, 2000, 16));
        }
        sequences.add(running(21, 12, 11));
        var snapshot = new Snapshot(sequences, 1000, new StepLimits(64, 8, 16));
        assertThat(policy.plan(snapshot).run())
                .contains(new Run(21, 1))
                .anyMatch(run -> run.sequence() == 1 && run.rows() >= 4);
    }

    @Test
    void theYoungestIsPreemptedWhereBlocksRunOut() {
        var plan =
                plan(
                        new StepLimits(8, 64, 16),
                        0,
                        running(1, 17, 16),
                        running(2, 5, 4),
                        running(3, 5, 4));
        assertThat(plan.preempt()).containsExactly(3L);
        assertThat(plan.run()).containsExactly(new Run(1, 1), new Run(2, 1));
    }

    @Test
    void onlyTheSequenceWithoutABlockPausesWithItsCache() {
        var plan = plan(new StepLimits(8, 64, 16), 0, running(1, 5, 4), running(2, 17, 16));
        assertThat(plan.preempt()).isEmpty();
        assertThat(plan.run()).containsExactly(new Run(1, 1));
    }

    @Test
    void runsFewerRowsWhereFewerBlocksAreFree() {
        var plan = plan(new StepLimits(8, 64, 16), 1, running(1, 5, 4), running(2, 60, 16));
        assertThat(plan.run()).containsExactly(new Run(1, 1), new Run(2, 16));
    }

    @Test
    void admitsNobodyWhosePromptDoesNotFitBesideEarlierPromptsAndABlockForEach() {
        var limits = new StepLimits(8, 8, 16);
        assertThat(plan(limits, 6, running(1, 5, 4), waiting(2, 48), waiting(3, 20)).run())
                .containsExactly(new Run(1, 1), new Run(2, 7));
        var wide = new StepLimits(8, 64, 16);
        assertThat(plan(wide, 5, running(1, 5, 4), waiting(2, 48), waiting(3, 20)).run())
                .containsExactly(new Run(1, 1));
        assertThat(plan(wide, 6, running(1, 5, 4), waiting(2, 48), waiting(3, 20)).run())
                .containsExactly(new Run(1, 1), new Run(2, 48));
        assertThat(plan(wide, 9, running(1, 5, 4), waiting(2, 48), waiting(3, 20)).run())
                .containsExactly(new Run(1, 1), new Run(2, 43), new Run(3, 20));
    }

    @Test
    void aWaitingRequestThatDoesNotFitIsNotOvertaken() {
        var plan =
                plan(new StepLimits(8, 64, 16), 2, running(1, 5, 4), waiting(2, 60), waiting(3, 5));
        assertThat(plan.run()).containsExactly(new Run(1, 1));
    }

    @Test
    void aCachedPrefixIsNotRunAndTakesNoBlocksThatOthersHold() {
        var shares = sharing(2, 48, 0, 0, 0, 32, 2);
        assertThat(plan(new StepLimits(8, 64, 16), 3, running(1, 5, 4), shares).run())
                .containsExactly(new Run(1, 1));
        assertThat(plan(new StepLimits(8, 64, 16), 4, running(1, 5, 4), shares).run())
                .containsExactly(new Run(1, 1), new Run(2, 16));
    }

    @Test
    void blocksSharedWithOlderSequencesAreNotCountedAsFreed() {
        var second = sharing(2, 40, 39, 3, 1, 0, 0);
        var third = sharing(3, 40, 39, 3, 0, 0, 0);
        var plan = plan(new StepLimits(8, 64, 16), 0, running(1, 33, 32), second, third);
        assertThat(plan.preempt()).containsExactly(2L, 3L);
        assertThat(plan.run()).containsExactly(new Run(1, 1));
    }

    @Property(tries = 2000)
    void keepsEveryRuleOnAnySnapshot(@ForAll long seed) {
        var snapshot = snapshot(new Random(seed));
        var plan = policy.plan(snapshot);
        assertKeepsTheRules(snapshot, plan);
        assertThat(policy.plan(snapshot)).isEqualTo(plan);
    }

    @Property(tries = 300)
    void everySequenceFinishesInAClosedLoop(@ForAll long seed) {
        var first = new ClosedLoop(new Random(seed));
        var second = new ClosedLoop(new Random(seed));
        assertThat(first.run()).isEqualTo(second.run());
    }

    private StepPlan plan(StepLimits limits, int freeBlocks, SequenceView... sequences) {
        return policy.plan(new Snapshot(List.of(sequences), freeBlocks, limits));
    }

    private static SequenceView sharing(
            long id,
            int tokens,
            int computed,
            int blocks,
            int ownBlocks,
            int prefixTokens,
            int heldPrefixBlocks) {
        return new SequenceView(
                id,
                AdapterRef.base(),
                id,
                tokens,
                computed,
                blocks,
                ownBlocks,
                ownBlocks,
                prefixTokens,
                heldPrefixBlocks,
                tokens,
                SequenceRequest.UNKNOWN);
    }

    private static SequenceView waiting(long id, int tokens) {
        return new SequenceView(id, AdapterRef.base(), id, tokens, 0, 0);
    }

    private static SequenceView running(long id, int tokens, int computed) {
        return new SequenceView(
                id, AdapterRef.base(), id, tokens, computed, Math.ceilDiv(computed, 16));
    }

    /** Any sequences in any state; the blocks suffice for the oldest alone. */
    private static Snapshot snapshot(Random random) {
        var limits =
                new StepLimits(
                        1 + random.nextInt(6), 1 + random.nextInt(40), 1 + random.nextInt(16));
        var sequences = new ArrayList<SequenceView>();
        int held = 0;
        for (int i = 0; i < 1 + random.nextInt(10); i++) {
            int tokens = 1 + random.nextInt(60);
            int computed = random.nextInt(3) == 0 ? 0 : random.nextInt(tokens);
            computed = random.nextBoolean() ? computed : Math.min(computed, tokens - 1);
            int blocks = limits.blocksFor(computed);
            int own = i == 0 ? blocks : random.nextInt(blocks + 1);
            held += own;
            int prefix =
                    blocks > 0 || i == 0
                            ? 0
                            : random.nextInt(1 + (tokens - 1) / limits.blockTokens());
            sequences.add(
                    new SequenceView(
                            7L * i,
                            random.nextBoolean() ? AdapterRef.of("a") : AdapterRef.base(),
                            i,
                            tokens,
                            computed,
                            blocks,
                            own,
                            own,
                            prefix * limits.blockTokens(),
                            random.nextInt(prefix + 1),
                            random.nextBoolean() ? tokens : 1 + random.nextInt(tokens),
                            SequenceRequest.UNKNOWN));
        }
        int needed = limits.blocksFor(sequences.getFirst().tokens());
        return new Snapshot(sequences, Math.max(needed - held, 0) + random.nextInt(6), limits);
    }

    private static void assertKeepsTheRules(Snapshot snapshot, StepPlan plan) {
        var limits = snapshot.limits();
        var running = plan.run().stream().map(Run::sequence).toList();

        assertThat(running).contains(snapshot.sequences().getFirst().id()).doesNotHaveDuplicates();
        assertThat(plan.preempt()).doesNotHaveDuplicates().doesNotContainAnyElementsOf(running);
        assertThat(running).hasSizeLessThanOrEqualTo(limits.maxBatch());
        assertThat(plan.run().stream().mapToInt(Run::rows).sum())
                .isLessThanOrEqualTo(limits.maxTokens());
        assertThat(plan.run())
                .allMatch(run ->
                        run.rows() >= 1 && run.rows() <= view(snapshot, run.sequence()).pending());

        int taken =
                plan.run().stream()
                        .mapToInt(run -> newBlocks(view(snapshot, run.sequence()), run, limits))
                        .sum();
        int returned = plan.preempt().stream().mapToInt(id -> view(snapshot, id).ownBlocks()).sum();
        assertThat(taken).isLessThanOrEqualTo(snapshot.freeBlocks() + returned);
    }

    private static SequenceView view(Snapshot snapshot, long id) {
        return snapshot.sequences().stream()
                .filter(view -> view.id() == id)
                .findFirst()
                .orElseThrow();
    }

    private static int newBlocks(SequenceView view, Run run, StepLimits limits) {
        int needed = limits.blocksFor(view.start() + run.rows());
        return Math.max(0, needed - view.blocks() - view.heldPrefixBlocks());
    }

    /**
     * A replica in virtual steps: sequences arrive, run as planned, and end after their lengths.
     */
    private final class ClosedLoop {
        private final Random random;
        private final StepLimits limits;
        private final int totalBlocks;
        private final Map<Long, Integer> lengths = new HashMap<>();
        private final List<SequenceView> sequences = new ArrayList<>();

        ClosedLoop(Random random) {
            this.random = random;
            limits = new StepLimits(1 + random.nextInt(6), 1 + random.nextInt(40), 16);
            totalBlocks = 5 + random.nextInt(12);
        }

        /** Returns the plans until all have finished. */
        List<StepPlan> run() {
            int toArrive = 30;
            long rowsAtMost = 0;
            var plans = new ArrayList<StepPlan>();
            while (toArrive > 0 || !sequences.isEmpty()) {
                if (toArrive > 0 && (sequences.isEmpty() || random.nextInt(3) == 0)) {
                    long id = toArrive--;
                    int prompt = 1 + random.nextInt(60);
                    int length = prompt + 1 + random.nextInt(80 - prompt);
                    lengths.put(id, length);
                    rowsAtMost += length;
                    sequences.add(waiting(id, prompt));
                }
                int held = sequences.stream().mapToInt(SequenceView::blocks).sum();
                var snapshot = new Snapshot(sequences, totalBlocks - held, limits);
                var plan = policy.plan(snapshot);
                assertKeepsTheRules(snapshot, plan);
                apply(plan);
                plans.add(plan);
                // The oldest runs a row in every step, and no sequence is the oldest twice.
                assertThat(plans).hasSizeLessThanOrEqualTo((int) rowsAtMost + 30);
            }
            return plans;
        }

        private void apply(StepPlan plan) {
            var rows = new HashMap<Long, Integer>();
            plan.run().forEach(run -> rows.put(run.sequence(), run.rows()));
            var preempted = new HashSet<>(plan.preempt());
            sequences.replaceAll(view -> {
                if (preempted.contains(view.id())) {
                    return waiting(view.id(), view.tokens());
                }
                int computed = view.computed() + rows.getOrDefault(view.id(), 0);
                int tokens = view.tokens() + (computed == view.tokens() ? 1 : 0);
                return running(view.id(), tokens, computed);
            });
            sequences.removeIf(view -> view.tokens() >= lengths.getOrDefault(view.id(), 0));
        }
    }
}
