package org.dlora.engine;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.dlora.scheduling.BatchingPolicy;
import org.dlora.scheduling.StepLimits;

/** Asks the policy for a step and applies its plan: takes blocks back, hands blocks out. */
final class StepPlanner {
    /**
     * Logit rows beyond one per sequence that a step may have for the log-probabilities of prompts;
     * bounds the logits' memory.
     */
    static final int PROMPT_LOGIT_ROWS = 32;

    private final BatchingPolicy policy;
    private final StepLimits limits;
    private final EngineObserver observer;

    StepPlanner(BatchingPolicy policy, StepLimits limits, EngineObserver observer) {
        this.policy = policy;
        this.limits = limits;
        this.observer = observer;
    }

    /**
     * The next step's runs, their blocks taken.
     *
     * @throws IllegalStateException if the policy plans what cannot be done
     */
    List<StepBuilder.Run> plan(Sequences sequences) {
        begin(sequences.oldest(), sequences);
        var plan = policy.plan(sequences.snapshot(limits));
        // Before any block is given back or taken: the plan counts on these prefixes.
        for (var run : plan.run()) {
            begin(sequences.planned(run.sequence()), sequences);
        }
        for (long id : plan.preempt()) {
            sequences.preempt(sequences.planned(id));
            observer.preempted();
        }
        var runs = new ArrayList<StepBuilder.Run>();
        var once = new HashSet<Long>();
        int spareLogitRows = PROMPT_LOGIT_ROWS;
        for (var run : plan.run()) {
            var sequence = sequences.planned(run.sequence());
            if (run.rows() < 1 || run.rows() > sequence.pending() || !once.add(run.sequence())) {
                throw new IllegalStateException(
                        "The plan runs %d rows of sequence %d, which has %d pending, or runs it twice"
                                .formatted(run.rows(), run.sequence(), sequence.pending()));
            }
            int free = rowsWithoutLogits(sequence);
            int rows = Math.min(run.rows(), free + 1 + spareLogitRows);
            spareLogitRows -= Math.max(0, rows - free - 1);
            sequences.makeRoom(sequence, rows);
            runs.add(new StepBuilder.Run(sequence, rows));
        }
        if (runs.isEmpty()) {
            throw new IllegalStateException(
                    "The plan runs nothing though sequences are unfinished");
        }
        return runs;
    }

    private void begin(Sequence sequence, Sequences sequences) {
        if (sequence.isRunning()) {
            return;
        }
        boolean isFirst = !sequence.hasBegun();
        sequences.begin(sequence);
        if (isFirst && sequence.usesCache()) {
            observer.began(sequence.tokens().size(), sequence.computed());
        }
    }

    /** Rows that the sequence can run before the first one whose logits are wanted. */
    private static int rowsWithoutLogits(Sequence sequence) {
        var prompt = sequence.promptLogprobs();
        int next =
                prompt.firstPosition() < prompt.endPosition()
                        ? prompt.firstPosition()
                        : sequence.tokens().size() - 1;
        return Math.max(0, next - sequence.computed());
    }
}
