package org.dlora.replica;

import java.util.ArrayList;
import java.util.List;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.TokenLogprobs;

/** Log-probabilities of a prompt's tokens, collected step by step. They survive preemption. */
final class PromptLogprobs {
    private final int endPosition;
    private final boolean wanted;
    private final List<TokenLogprobs> collected;

    PromptLogprobs(SequenceState state) {
        endPosition = state.request().prompt().length - 1;
        wanted = state.request().promptLogprobs() >= 0;
        collected = new ArrayList<>(state.promptLogprobs());
    }

    boolean wanted() {
        return wanted;
    }

    List<TokenLogprobs> collected() {
        return collected;
    }

    /** Returns the first position whose logits are still wanted. */
    int firstPosition() {
        return wanted ? collected.size() : endPosition;
    }

    /**
     * Returns the position from which on no logits are wanted: those of the last prompt token
     * predict the output.
     */
    int endPosition() {
        return endPosition;
    }

    /** Adds the log-probabilities of the token after {@link #firstPosition()}. */
    void add(TokenLogprobs report) {
        collected.add(report);
    }

    GenerationEvent.Prompt toEvent() {
        return new GenerationEvent.Prompt(List.copyOf(collected));
    }
}
