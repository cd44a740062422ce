package org.dlora.model;

/**
 * Turns a sequence's tokens into text as they come. Text is handed out as soon as its characters
 * are whole, never earlier; an unfinished character waits for the tokens that complete it. Each
 * token costs its own bytes: nothing is decoded twice.
 *
 * <p>Over a whole sequence the text equals {@link Tokenizer#decode}, except that a byte-fallback
 * vocabulary's invalid bytes give one U+FFFD per maximal invalid part where the tokenizers library
 * replaces every byte of the run. Confined to one thread.
 */
public final class TokenStream {
    private final Vocabulary vocabulary;
    private final boolean skipSpecialTokens;
    private final Utf8Decoder decoder = new Utf8Decoder();
    private boolean atStart = true;

    TokenStream(Vocabulary vocabulary, boolean skipSpecialTokens) {
        this.vocabulary = vocabulary;
        this.skipSpecialTokens = skipSpecialTokens;
    }

    /** The text that {@code token} completes, possibly empty. */
    public String next(int token) {
        if (skipSpecialTokens && vocabulary.isSpecial(token)) {
            return "";
        }
        var text = new StringBuilder();
        decoder.decode(vocabulary.bytes(token), text);
        return withoutLeadingSpace(text);
    }

    /** What an unfinished character at the end becomes, one U+FFFD; empty where there is none. */
    public String flush() {
        var text = new StringBuilder();
        decoder.finish(text);
        return withoutLeadingSpace(text);
    }

    /**
     * SentencePiece vocabularies mark words by a space in front, which the first word of a text
     * does not have.
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
