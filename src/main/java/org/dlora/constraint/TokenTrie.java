package org.dlora.constraint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A vocabulary's tokens as a trie over their bytes, in preorder, so that a walk is a loop that
 * skips subtrees. Immutable.
 */
public final class TokenTrie {
    private final byte[][] tokens;
    private final int vocabSize;
    private final byte[] bytes;
    private final short[] depths;
    private final int[] ends;
    private final int[] firsts;
    private final int[] sameBytes;
    private final BitSet available;

    private TokenTrie(
            byte[][] tokens,
            int vocabSize,
            byte[] bytes,
            short[] depths,
            int[] ends,
            int[] firsts,
            int[] sameBytes,
            BitSet available) {
        this.tokens = tokens;
        this.vocabSize = vocabSize;
        this.bytes = bytes;
        this.depths = depths;
        this.ends = ends;
        this.firsts = firsts;
        this.sameBytes = sameBytes;
        this.available = available;
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
        var ids = new ArrayList<Integer>();
        for (int id = 0; id < vocabSize; id++) {
            var bytes = bytesOf.of(id);
            if (bytes != null && bytes.length > 0 && bytes.length < Short.MAX_VALUE) {
                tokens[id] = bytes;
                ids.add(id);
            } else {
                tokens[id] = new byte[0];
            }
        }
        ids.sort(Comparator.comparing((Integer id) -> tokens[id], Arrays::compareUnsigned));
        return new Builder(tokens, ids).build();
    }

    /** Builds the arrays from sorted tokens. */
    private static final class Builder {
        private final byte[][] tokens;
        private final List<Integer> ids;
        private final int[] sameBytes;
        private byte[] bytes = new byte[1024];
        private short[] depths = new short[1024];
        private int[] ends = new int[1024];
        private int[] firsts = new int[1024];
        private int size;

        Builder(byte[][] tokens, List<Integer> ids) {
            this.tokens = tokens;
            this.ids = ids;
            sameBytes = new int[tokens.length];
            Arrays.fill(sameBytes, -1);
            add((byte) 0, 0);
        }

        TokenTrie build() {
            var path = new ArrayList<Integer>(List.of(0));
            byte[] last = {};
            for (int id : ids) {
                var token = tokens[id];
                int common = Arrays.mismatch(last, token);
                if (common < 0) {
                    sameBytes[id] = firsts[path.getLast()];
                } else {
                    while (path.size() > common + 1) {
                        ends[path.removeLast()] = size;
                    }
                    for (int i = common; i < token.length; i++) {
                        path.add(add(token[i], i + 1));
                    }
                }
                firsts[path.getLast()] = id;
                last = token;
            }
            path.forEach(node -> ends[node] = size);
            var available = new BitSet();
            for (int node = 1; node < size; node = ends[node]) {
                if (firsts[node] >= 0) {
                    available.set(bytes[node] & 0xFF);
                }
            }
            return new TokenTrie(
                    tokens,
                    tokens.length,
                    Arrays.copyOf(bytes, size),
                    Arrays.copyOf(depths, size),
                    Arrays.copyOf(ends, size),
                    Arrays.copyOf(firsts, size),
                    sameBytes,
                    available);
        }

        private int add(byte b, int depth) {
            if (size == bytes.length) {
                bytes = Arrays.copyOf(bytes, 2 * size);
                depths = Arrays.copyOf(depths, 2 * size);
                ends = Arrays.copyOf(ends, 2 * size);
                firsts = Arrays.copyOf(firsts, 2 * size);
            }
            bytes[size] = b;
            depths[size] = (short) depth;
            firsts[size] = -1;
            return size++;
        }
    }

    int vocabSize() {
        return vocabSize;
    }

    /** Returns the bytes of a token; none for one that no text has. */
    byte[] token(int id) {
        return id >= 0 && id < tokens.length ? tokens[id] : new byte[0];
    }

    /**
     * Returns whether a byte may be in a text: there is a token of that byte alone, so every text
     * of such bytes can be written. Bytes of longer UTF-8 need tokens of all bytes that may follow
     * a first one; vocabularies lack first bytes of characters that no text had.
     */
    boolean isAvailable(int b) {
        return available.get(b) && (b < 0x80 || available.nextClearBit(0x80) > 0xBF);
    }

    int nodes() {
        return bytes.length;
    }

    int byteOf(int node) {
        return bytes[node] & 0xFF;
    }

    /** Returns the number of bytes from the root. */
    int depth(int node) {
        return depths[node];
    }

    /** Returns the node behind the subtree of {@code node}. */
    int end(int node) {
        return ends[node];
    }

    /** Returns a token that ends at {@code node}; -1 if there is none. */
    int firstToken(int node) {
        return firsts[node];
    }

    /** Returns another token of the same bytes; -1 if there is none. */
    int nextToken(int token) {
        return sameBytes[token];
    }

    int longest() {
        int longest = 0;
        for (short depth : depths) {
            longest = Math.max(longest, depth);
        }
        return longest;
    }
}
