package org.dlora.api.openai.completion;

import org.dlora.model.tokenizer.TokenStream;

/**
 * Place of each token in a text, in characters (code points). A token inside a character has the
 * place of that character.
 */
final class TextOffset {
    private final TokenStream stream;
    private int whole;

    /**
     * Creates a place at the beginning of the text of {@code stream}.
     *
     * @param before characters in front of that text
     */
    TextOffset(TokenStream stream, int before) {
        this.stream = stream;
        this.whole = before;
    }

    /** Returns how many characters are whole before the next token. */
    int characters() {
        return whole;
    }

    void add(int token) {
        var text = stream.next(token);
        whole += text.codePointCount(0, text.length());
    }
}
