package org.dlora.engine.step;

import org.dlora.model.TokenStream;
import org.dlora.model.Tokenizer;

/**
 * Incremental detokeniser of one answer. It turns output tokens into text, whole characters only:
 * the bytes of an unfinished character are held back.
 *
 * <p>The text depends only on the prompt that the stream was opened with and on the tokens. So a
 * sequence that continues on another replica opens a new stream, feeds it the tokens so far, and
 * goes on with the same text.
 */
public interface TextStream {
    /** Text that became final with {@code token}; may be empty. */
    String next(int token);

    /** Ends the text and returns its {@link #rest}. */
    String flush();

    /** Text that {@link #flush} would give now, that of an unfinished character. */
    String rest();

    private static TextStream of(TokenStream stream) {
        return new TextStream() {
            @Override
            public String next(int token) {
                return stream.next(token);
            }

            @Override
            public String flush() {
                return stream.flush();
            }

            @Override
            public String rest() {
                return stream.rest();
            }
        };
    }

    /** Streams of the text that {@code tokenizer} gives. */
    static Factory of(Tokenizer tokenizer) {
        return (prompt, skip) -> of(tokenizer.streamAfter(prompt, skip));
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
