package org.dlora.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What happens to a request, in order: at most one {@link Prompt}, then {@link Token}s, then one
 * {@link Finished} or {@link Failed}.
 */
public sealed interface GenerationEvent {

    /** Whether nothing comes after it. */
    default boolean isLast() {
        return false;
    }

    /**
     * Log-probabilities of the prompt's tokens, only if asked for.
     *
     * @param logprobs one for each prompt token but the first, which has none
     */
    record Prompt(List<TokenLogprobs> logprobs) implements GenerationEvent {}

    /**
     * One more output token.
     *
     * @param text newly finished text; may be empty (part of a character, or held back as the
     *     possible beginning of a stop string)
     * @param logprobs null unless asked for
     */
    record Token(int token, String text, @Nullable TokenLogprobs logprobs)
            implements GenerationEvent {}

    /**
     * The end.
     *
     * @param text text held back until now
     * @param stop the stop string or token id that ended it, else null
     * @param cachedTokens of the prompt's tokens those that were in the prefix cache
     */
    record Finished(
            FinishReason reason,
            String text,
            @Nullable Object stop,
            int promptTokens,
            int cachedTokens,
            int outputTokens)
            implements GenerationEvent {
        @Override
        public boolean isLast() {
            return true;
        }
    }

    /** The engine could not go on with it; {@code message} is fit for the client. */
    record Failed(String message) implements GenerationEvent {
        @Override
        public boolean isLast() {
            return true;
        }
    }
}
