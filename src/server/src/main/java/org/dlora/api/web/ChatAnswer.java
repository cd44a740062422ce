package org.dlora.api.web;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The whole answer of a chat.
 *
 * @param id of the answer, as {@code /v1/chat/completions} gives it
 * @param model name that was asked for
 * @param version name, version and hash of the adapter; null for the base model
 * @param finishReason {@code stop} or {@code length}
 * @param firstToken time to the first token; null if there was none
 * @param total time to the last token
 * @param tokens with their log-probabilities, if these were asked for; else empty
 */
public record ChatAnswer(
        String id,
        String model,
        @Nullable String version,
        String text,
        String finishReason,
        int promptTokens,
        int outputTokens,
        @Nullable Duration firstToken,
        Duration total,
        List<Token> tokens) {
    /** Seconds within which a whole answer is one piece. */
    private static final double ONE_PIECE = 0.005;

    /**
     * A token of the answer.
     *
     * @param text that it added to the answer
     * @param logprob natural log-probability
     * @param top the likeliest ones, best first
     */
    public record Token(String text, float logprob, List<Alternative> top) {}

    /** A token that could have stood there. */
    public record Alternative(String text, float logprob) {}

    /**
     * Returns the rate after the first token, in tokens/s; null for fewer than two tokens, and for
     * an answer that came in one piece.
     */
    public @Nullable Double tokensPerSecond() {
        if (firstToken == null || outputTokens < 2) {
            return null;
        }
        double seconds = total.minus(firstToken).toNanos() / 1e9;
        return seconds >= ONE_PIECE ? (outputTokens - 1) / seconds : null;
    }
}
