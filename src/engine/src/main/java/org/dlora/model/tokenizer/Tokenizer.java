package org.dlora.model.tokenizer;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A model's tokenizer, which converts text to tokens and back by {@code tokenizer.json}. Encoding
 * and decoding are safe from any thread. Truncation and padding are always off, whatever the file
 * asks for. {@code clean_up_tokenization_spaces} is not applied, so decoding an encoded text gives
 * the text.
 */
public final class Tokenizer implements AutoCloseable {
    private final Path file;
    private final Vocabulary vocabulary;
    private final NativeTokenizer tokenizer;
    private final OptionalInt endToken;
    private final int ordinarySize;
    private final int longestToken;

    /**
     * The tokenizer of {@link #encodePlain}. It is built on first use, because a large vocabulary
     * takes a second and megabytes.
     */
    private @Nullable NativeTokenizer plain;

    private Tokenizer(
            Path file,
            Vocabulary vocabulary,
            NativeTokenizer tokenizer,
            OptionalInt endToken,
            int ordinarySize,
            int longestToken) {
        this.file = file;
        this.vocabulary = vocabulary;
        this.tokenizer = tokenizer;
        this.endToken = endToken;
        this.ordinarySize = ordinarySize;
        this.longestToken = longestToken;
    }

    /**
     * Reads {@code tokenizer.json} of a model folder, and the token that ends a text.
     *
     * @throws org.dlora.tensor.LoadException if it is missing, malformed or of an unsupported kind
     */
    public static Tokenizer open(Path folder) {
        var file = folder.resolve("tokenizer.json");
        var json = new TokenizerJson(file);
        var vocabulary = json.vocabulary();
        var end = vocabulary.id(SpecialTokenReader.read(folder).getOrDefault("eos_token", ""));
        var tokenizer = NativeTokenizer.of(json.text(), file);
        try {
            json.checkAddedTokens(tokenizer);
            return new Tokenizer(
                    file,
                    vocabulary,
                    tokenizer,
                    end,
                    json.ordinarySize(),
                    json.keepsEveryByte() ? vocabulary.longest() : Integer.MAX_VALUE);
        } catch (RuntimeException e) {
            tokenizer.close();
            throw e;
        }
    }

    /**
     * Returns the tokens of {@code text}, in which the names of special tokens are recognised.
     *
     * @param addSpecialTokens whether to add the tokens that the tokenizer puts around a text, such
     *     as BOS
     */
    public int[] encode(String text, boolean addSpecialTokens) {
        return tokenizer.encode(text, addSpecialTokens);
    }

    /**
     * Returns a lower bound of the tokens of {@code text} without tokenising it; 1 if the tokenizer
     * may drop parts of a text.
     */
    public int leastTokens(String text) {
        // A character of a Java string is at least one byte.
        return Math.ceilDiv(text.length(), longestToken);
    }

    /**
     * Returns the tokens of untrusted {@code text}. Names of special tokens are ordinary text in
     * it, and nothing is added.
     *
     * @throws org.dlora.tensor.LoadException if {@code tokenizer.json} has gone since {@link #open}
     */
    public int[] encodePlain(String text) {
        return plain().encode(text, false);
    }

    private synchronized NativeTokenizer plain() {
        if (plain == null) {
            plain = NativeTokenizer.of(new TokenizerJson(file).textWithoutSpecialTokens(), file);
        }
        return plain;
    }

    /** Returns the text of {@code ids}. An id without a token gives none. */
    public String decode(int[] ids, boolean skipSpecialTokens) {
        long[] known = Arrays.stream(ids).filter(vocabulary::contains).asLongStream().toArray();
        return tokenizer.decode(known, skipSpecialTokens);
    }

    /** Begins an incremental decoding of a text that stands alone. */
    public TokenStream stream(boolean skipSpecialTokens) {
        return new TokenStream(vocabulary, skipSpecialTokens);
    }

    /**
     * Begins an incremental decoding of a text that continues that of {@code prompt}. A space in
     * front of its first word stays, and its first character may have begun in the prompt. A prompt
     * that ends with a special token has no text to continue.
     */
    public TokenStream streamAfter(int[] prompt, boolean skipSpecialTokens) {
        return stream(skipSpecialTokens).after(prompt);
    }

    /**
     * Returns token {@code id} as the vocabulary spells it, e.g. {@code Ġthe}; empty if there is
     * none.
     */
    public String token(int id) {
        return vocabulary.token(id);
    }

    /** Returns the id of the token that the vocabulary spells so; empty if there is none. */
    public OptionalInt id(String token) {
        return vocabulary.id(token);
    }

    /** Returns whether the vocabulary has a token that it spells so. */
    public boolean isToken(String token) {
        return vocabulary.id(token).isPresent();
    }

    /**
     * Returns the UTF-8 bytes that token {@code id} stands for, possibly part of a character; empty
     * if there is none.
     */
    public byte[] tokenBytes(int id) {
        return vocabulary.bytes(id);
    }

    /**
     * Returns whether {@code id} is a special token, which {@code skipSpecialTokens} leaves out of
     * a text.
     */
    public boolean isSpecial(int id) {
        return vocabulary.isSpecial(id);
    }

    /** Returns one more than the largest id. */
    public int vocabSize() {
        return vocabulary.size();
    }

    /**
     * Returns one more than the largest id of a token that ordinary text consists of; added tokens
     * are none.
     */
    public int ordinarySize() {
        return ordinarySize;
    }

    /**
     * Returns {@code eos_token} of {@code tokenizer_config.json} or {@code
     * special_tokens_map.json}.
     */
    public OptionalInt endToken() {
        return endToken;
    }

    @Override
    public synchronized void close() {
        tokenizer.close();
        if (plain != null) {
            plain.close();
        }
    }
}
