package org.dlora.cluster.facts;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.OptionalInt;

/**
 * Chain of hashes over the output tokens of a request: each is the SHA-256 of the one before and of
 * the next token's id (4 bytes, big-endian). The first {@value #BYTES} bytes of each are kept, so
 * two answers can be compared up to their first difference without their tokens.
 */
public final class TokenChain {
    /** Bytes that are kept for each token. */
    public static final int BYTES = 8;

    private static final int FIRST = 16;

    private final MessageDigest sha256 = sha256();
    private byte[] last = new byte[0];
    private byte[] kept = new byte[FIRST * BYTES];
    private int tokens;

    /** Adds the next token. */
    public void add(int token) {
        last = after(token);
        if (kept.length == tokens * BYTES) {
            kept = Arrays.copyOf(kept, 2 * kept.length);
        }
        System.arraycopy(last, 0, kept, tokens * BYTES, BYTES);
        tokens++;
    }

    private byte[] after(int token) {
        sha256.update(last);
        for (int shift = Integer.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
            sha256.update((byte) (token >> shift));
        }
        return sha256.digest();
    }

    /** Returns the hashes of all tokens, one after another. */
    public byte[] hashes() {
        return Arrays.copyOf(kept, tokens * BYTES);
    }

    /** Returns the hashes of {@code tokens}. */
    public static byte[] of(int... tokens) {
        var chain = new TokenChain();
        for (int token : tokens) {
            chain.add(token);
        }
        return chain.hashes();
    }

    /**
     * Returns the index of the first token in which two answers differ; that of the end of the
     * shorter one if it begins the longer one; -1 if they are the same.
     */
    public static int firstDifference(byte[] one, byte[] other) {
        int at = Arrays.mismatch(one, other);
        return at < 0 ? -1 : at / BYTES;
    }

    /**
     * Returns the token that a chain has after some tokens, which is found by trying all.
     *
     * @param before tokens that the chain begins with
     * @param vocabulary number of token ids
     * @return empty if the chain ends there, or no token has its hash
     */
    public static OptionalInt next(byte[] hashes, int[] before, int vocabulary) {
        int from = before.length * BYTES;
        if (hashes.length < from + BYTES) {
            return OptionalInt.empty();
        }
        var chain = new TokenChain();
        for (int token : before) {
            chain.add(token);
        }
        for (int token = 0; token < vocabulary; token++) {
            var hash = chain.after(token);
            if (Arrays.equals(hash, 0, BYTES, hashes, from, from + BYTES)) {
                return OptionalInt.of(token);
            }
        }
        return OptionalInt.empty();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
