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

    /** What to report of the logits {@code rows} positions after {@link #firstPosition()}. */
    TokenLogprobs report(int rows, float[] logits) {
        return LogSoftmax.of(logits).report(prompt[collected.size() + rows + 1], top);
    }

    /** Takes the report of {@link #firstPosition()}. */
    void add(TokenLogprobs report) {
        collected.add(report);
    }

    GenerationEvent.Prompt toEvent() {
        return new GenerationEvent.Prompt(List.copyOf(collected));
    }
}
