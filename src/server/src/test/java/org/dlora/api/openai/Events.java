package org.dlora.api.openai;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.replica.request.SequenceUsage;
import org.dlora.replica.request.StepCounts;
import org.dlora.replica.request.TokenLogprobs;
import org.jspecify.annotations.Nullable;

/** Short ways to write what an engine says. */
public final class Events {
    private Events() {}

    /** {@code text} byte by byte, then the end token of the demo model. */
    public static List<GenerationEvent> saying(String text, int promptTokens) {
        var events = new ArrayList<GenerationEvent>();
        text.chars().forEach(c -> events.add(token((char) c)));
        events.add(new Token(258, "", null));
        events.add(finished(FinishReason.STOP, promptTokens, text.length() + 1));
        return events;
    }

    public static Token token(char c) {
        return new Token(c, String.valueOf(c), null);
    }

    public static Finished finished(FinishReason reason, int promptTokens, int outputTokens) {
        return finished(reason, "", null, promptTokens, 0, outputTokens);
    }

    /**
     * Returns the end of a sequence.
     *
     * @param cached of the prompt's tokens
     */
    public static Finished finished(
            FinishReason reason,
            String text,
            @Nullable Object stop,
            int promptTokens,
            int cached,
            int outputTokens) {
        var usage = new SequenceUsage(promptTokens, cached, outputTokens, 0, StepCounts.NONE);
        return new Finished(reason, text, stop, usage);
    }

    static TokenLogprobs logprobs(int token, float logprob, TokenLogprobs.Entry... top) {
        return new TokenLogprobs(new TokenLogprobs.Entry(token, logprob), Arrays.asList(top));
    }

    static TokenLogprobs.Entry entry(int token, float logprob) {
        return new TokenLogprobs.Entry(token, logprob);
    }
}
