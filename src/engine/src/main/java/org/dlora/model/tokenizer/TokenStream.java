package org.dlora.model.tokenizer;

/**
 * Incremental decoder of a sequence's tokens. It returns text as soon as the characters are whole;
 * an unfinished character waits for the tokens that complete it, and has no text without them. Each
 * token costs its own bytes, because nothing is decoded twice.
 *
 * <p>Over a whole sequence the text equals {@link Tokenizer#decode}, except for an unfinished
 * character at its end, and for invalid bytes of a byte-fallback vocabulary. They give one U+FFFD
 * per maximal invalid part, where the tokenizers library replaces every byte.
 *
 * <p>The state of a stream follows from the tokens before it and its own. A second stream that gets
 * the same tokens is in the same state. Confined to one thread.
 */
public final class TokenStream {
    /** The most bytes of a character in UTF-8. Earlier bytes do not change the next character. */
    private static final int MAX_CHARACTER_BYTES = 4;

    private final Vocabulary vocabulary;
    private final boolean skipSpecialTokens;
    private final Utf8Decoder decoder = new Utf8Decoder();
    private boolean atStart = true;

    TokenStream(Vocabulary vocabulary, boolean skipSpecialTokens) {
        this.vocabulary = vocabulary;
        this.skipSpecialTokens = skipSpecialTokens;
    }

    /**
     * Continues the text of {@code tokens}, without returning that text. Only the last of them are
     * read. A special token ends the text before it, and a new text begins after it.
     *
     * <p>vLLM's detokenizer begins with the prompt's last tokens too ({@code prefix_offset} and
     * {@code read_offset}). A space in front of a word stays, and a character may begin in the
     * prompt.
     */
    TokenStream after(int[] tokens) {
        int first = tokens.length;
        int bytes = 0;
        while (first > 0
                && bytes < MAX_CHARACTER_BYTES
                && !vocabulary.isSpecial(tokens[first - 1])) {
            first--;
            bytes += vocabulary.bytes(tokens[first]).length;
        }
        for (int i = first; i < tokens.length; i++) {
            next(tokens[i]);
        }
        return this;
    }

    /** Returns the text that {@code token} completes, possibly empty. */
    public String next(int token) {
        if (skipSpecialTokens && vocabulary.isSpecial(token)) {
            return "";
        }
        var text = new StringBuilder();
        decoder.decode(vocabulary.bytes(token), text);
        return withoutLeadingSpace(text);
    }

    /**
     * Returns the text without the space in front of its first word. SentencePiece vocabularies
     * mark every word by such a space.
     */
    private String withoutLeadingSpace(StringBuilder text) {
        if (atStart && !text.isEmpty()) {
            atStart = false;
            if (vocabulary.stripsLeadingSpace() && text.charAt(0) == ' ') {
                text.deleteCharAt(0);
            }
        }
        return text.toString();
    }
}
