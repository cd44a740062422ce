package org.dlora.engine;

import java.util.ArrayList;
import java.util.List;

/** Collects the log-probabilities of a prompt's tokens; what it has survives preemption. */
final class PromptLogprobs {
    private final int[] prompt;
    private final int top;
    private final List<TokenLogprobs> collected = new ArrayList<>();

    PromptLogprobs(GenerationRequest request) {
        prompt = request.prompt();
        top = request.promptLogprobs();
    }

    boolean wanted() {
        return top >= 0;
    }

    /** First position whose logits are still wanted; those before are done. */
    int firstPosition() {
        return wanted() ? collected.size() : endPosition();
    }

    /**
     * The position from which on no logits are wanted: the last prompt token's predict the output.
     */
    int endPosition() {
        return prompt.length - 1;
    }

    /** Takes the logits at {@link #firstPosition()}. */
    void add(float[] logits) {
        collected.add(LogSoftmax.of(logits).report(prompt[collected.size() + 1], top));
    }

    GenerationEvent.Prompt toEvent() {
        return new GenerationEvent.Prompt(List.copyOf(collected));
    }
}
