package org.dlora.api.openai;

import org.dlora.model.TokenStream;

/** Place of each token in a text, in characters (code points). */
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

    /** Returns how many characters begin before the next token, an unfinished one included. */
    int characters() {
        return whole + stream.rest().length();
    }

    void add(int token) {
        var text = stream.next(token);
        whole += text.codePointCount(0, text.length());
    }
}
