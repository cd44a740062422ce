package org.dlora.replica.request;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Event of a request. In order there are at most one {@link Prompt}, then {@link Token}s, then one
 * {@link Finished} or {@link Failed}.
 */
public sealed interface GenerationEvent {

    /** Returns whether it is the last event of its request. */
    default boolean isLast() {
        return false;
    }

    /**
     * Log-probabilities of the prompt's tokens, sent only if asked for.
     *
     * @param logprobs one for each prompt token but the first, which has none
     */
    record Prompt(List<TokenLogprobs> logprobs) implements GenerationEvent {}

    /**
     * Output token.
     *
     * @param text newly finished text; may be empty (part of a character, or held back as the
     *     possible beginning of a stop string)
     * @param logprobs null unless asked for
     * @param ends whether it is the last one, so that {@link Finished} follows at once
     */
    record Token(int token, String text, @Nullable TokenLogprobs logprobs, boolean ends)
            implements GenerationEvent {

        /** A token after which others may come. */
        public Token(int token, String text, @Nullable TokenLogprobs logprobs) {
            this(token, text, logprobs, false);
        }
    }

    /**
     * The end of an answer.
     *
     * @param text text held back until now
     * @param stop the stop string or token id that ended it, else null
     */
    record Finished(FinishReason reason, String text, @Nullable Object stop, SequenceUsage usage)
            implements GenerationEvent {

        public int promptTokens() {
            return usage.promptTokens();
        }

        /** Returns the prompt tokens that were in the prefix cache. */
        public int cachedTokens() {
            return usage.cachedTokens();
        }

        public int outputTokens() {
            return usage.outputTokens();
        }

        @Override
        public boolean isLast() {
            return true;
        }
    }

    /**
     * The end of a request that could not be served.
     *
     * @param message text for the client
     */
    record Failed(FailureCode code, String message, SequenceUsage usage)
            implements GenerationEvent {

        /** The end of a request that no replica has begun. */
        public Failed(FailureCode code, String message) {
            this(code, message, SequenceUsage.NONE);
        }

        @Override
        public boolean isLast() {
            return true;
        }
    }
}
