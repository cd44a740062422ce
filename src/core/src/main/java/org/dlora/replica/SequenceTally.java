package org.dlora.replica;

import org.dlora.replica.request.SequenceUsage;
import org.dlora.replica.request.StepCounts;
import org.dlora.replica.request.StepKind;

/** Tally of the tokens, the preemptions and the steps of one sequence. */
final class SequenceTally {
    private final int promptTokens;
    private int cachedTokens;
    private int outputTokens;
    private int preemptions;
    private StepCounts steps;

    SequenceTally(SequenceState state) {
        promptTokens = state.request().prompt().length;
        cachedTokens = state.cachedTokens();
        outputTokens = state.output().length;
        preemptions = state.preemptions();
        steps = state.steps();
    }

    /** Sets the prompt tokens that were found in the prefix cache. */
    void cached(int tokens) {
        cachedTokens = tokens;
    }

    /** Counts an output token. */
    void output() {
        outputTokens++;
    }

    void preempted() {
        preemptions++;
    }

    /** Counts a step that computed rows of it. */
    void ran(StepKind kind) {
        steps = steps.plus(kind);
    }

    int outputTokens() {
        return outputTokens;
    }

    SequenceUsage usage() {
        return new SequenceUsage(promptTokens, cachedTokens, outputTokens, preemptions, steps);
    }
}
