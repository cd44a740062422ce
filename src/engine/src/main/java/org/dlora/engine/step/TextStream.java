package org.dlora.engine.step;

import org.dlora.model.tokenizer.Tokenizer;

/**
 * Incremental detokeniser of one answer. It turns output tokens into text, whole characters only:
 * the bytes of an unfinished character are held back, and dropped if the answer ends there.
 *
 * <p>The text depends only on the prompt that the stream was opened with and on the tokens. So a
 * sequence that continues on another replica opens a new stream, feeds it the tokens so far, and
 * goes on with the same text.
 */
@FunctionalInterface
public interface TextStream {
    /** Text that became final with {@code token}; may be empty. */
    String next(int token);

    /** Streams of the text that {@code tokenizer} gives. */
    static Factory of(Tokenizer tokenizer) {
        return (prompt, skip) -> tokenizer.streamAfter(prompt, skip)::next;
    }

    /** Opens streams. */
    @FunctionalInterface
    interface Factory {
        /**
         * Begins the text of an answer.
         *
         * @param prompt token ids whose text the answer continues; empty if it stands alone
         */
        TextStream open(int[] prompt, boolean skipSpecialTokens);
    }
}
