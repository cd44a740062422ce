package org.dlora.api.openai;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.dlora.model.Tokenizer;
import org.dlora.replica.request.TokenLogprobs;
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

    static ChatAnswer of(Call call, Transcript said) {
        return new ChatAnswer(
                call.id(),
                call.model(),
                call.selected().label().orElse(null),
                said.text(),
                said.finishReason(),
                said.promptTokens(),
                said.outputTokens(),
                said.firstToken(),
                said.total(),
                IntStream.range(0, said.logprobs().size())
                        .mapToObj(i ->
                                token(
                                        said.text(i),
                                        said.logprobs().get(i),
                                        call.served().tokenizer()))
                        .toList());
    }

    private static Token token(String text, TokenLogprobs logprobs, Tokenizer tokenizer) {
        return new Token(
                text,
                Logprob.finite(logprobs.token().logprob()),
                logprobs.top().stream()
                        .map(one ->
                                new Alternative(
                                        TokenText.of(tokenizer, one.token()),
                                        Logprob.finite(one.logprob())))
                        .toList());
    }

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
