package org.dlora.constraint;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The tokens of a vocabulary by their bytes, and as a trie over them. Immutable. */
public final class TokenTrie {
    /** The most bytes of a token; longer ones come in no text. */
    private static final int MAX_TOKEN = 1024;

    private static final byte[] NONE = {};

    private final byte[][] tokens;
    private final ByteTrie paths;
    private final BitSet available = new BitSet();

    private TokenTrie(byte[][] tokens, ByteTrie paths) {
        this.tokens = tokens;
        this.paths = paths;
        for (int node = 1; node < paths.size(); node = paths.end(node)) {
            if (paths.hasTokens(node)) {
                available.set(paths.byteOf(node));
            }
        }
    }

    /** Bytes of a vocabulary's tokens. */
    @FunctionalInterface
    public interface Bytes {
        /** Returns the bytes that a token adds to a text; null for one that no text has. */
        byte @Nullable [] of(int token);
    }

    /**
     * Builds a trie.
     *
     * @param vocabSize number of token ids
     */
    public static TokenTrie of(int vocabSize, Bytes bytesOf) {
        var tokens = new byte[vocabSize][];
        for (int id = 0; id < vocabSize; id++) {
            var bytes = bytesOf.of(id);
            tokens[id] = bytes == null || bytes.length > MAX_TOKEN ? NONE : bytes;
        }
        var trie = new ByteTrie.Builder();
        var last = new byte[][] {NONE};
        IntStream.range(0, vocabSize)
                .filter(id -> tokens[id].length > 0)
                .boxed()
                .sorted(Comparator.comparing((Integer id) -> tokens[id], Arrays::compareUnsigned))
                .forEach(id -> {
                    var token = tokens[id];
                    int common = Arrays.mismatch(last[0], token);
                    for (int i = common < 0 ? token.length : common; i < token.length; i++) {
                        trie.node(i + 1, token[i] & 0xFF);
                    }
                    trie.token(id);
                    last[0] = token;
                });
        return new TokenTrie(tokens, trie.build());
    }

    int vocabSize() {
        return tokens.length;
    }

    /** Returns the bytes of a token; none for one that no text has. */
    byte[] token(int id) {
        return id >= 0 && id < tokens.length ? tokens[id] : NONE;
    }

    ByteTrie paths() {
        return paths;
    }

    /**
     * Returns whether a byte may be in a text: there is a token of that byte alone, so every text
     * of such bytes can be written. Bytes of longer UTF-8 need tokens of all bytes that may follow
     * a first one; vocabularies lack first bytes of characters that no text had.
     */
    boolean isAvailable(int b) {
        return available.get(b) && (b < 0x80 || available.nextClearBit(0x80) > 0xBF);
    }
}
