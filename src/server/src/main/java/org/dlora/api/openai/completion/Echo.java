package org.dlora.api.openai.completion;

import java.util.Arrays;
import org.dlora.model.tokenizer.Tokenizer;

/**
 * The text of a prompt that an answer repeats.
 *
 * @param text whole characters only: the answer completes one that the prompt begins
 * @param hidden number of leading tokens that are not part of the text, such as BOS
 */
record Echo(String text, int hidden) {
    static final Echo NONE = new Echo("", 0);

    /** Returns the echo of a prompt of {@code tokens}. */
    static Echo of(Tokenizer tokenizer, int[] tokens) {
        var stream = tokenizer.stream(false);
        var text = new StringBuilder();
        for (int token : tokens) {
            text.append(stream.next(token));
        }
        return new Echo(text.toString(), 0);
    }

    /** Returns the echo of a prompt of {@code text}, which has become {@code tokens}. */
    static Echo of(Tokenizer tokenizer, String text, int[] tokens, boolean addSpecialTokens) {
        int hidden = addSpecialTokens ? Arrays.mismatch(tokens, tokenizer.encode("", true)) : 0;
        return new Echo(text, hidden < 0 ? tokens.length : hidden);
    }

    /** Returns the number of characters (code points) of the text. */
    int characters() {
        return text.codePointCount(0, text.length());
    }
}
