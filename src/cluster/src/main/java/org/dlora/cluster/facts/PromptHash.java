package org.dlora.cluster.facts;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Hash of a prompt: the SHA-256 of its token ids, 4 bytes each, big-endian. A prompt that is sent
 * again is compared by it, without the prompt itself.
 */
public final class PromptHash {
    private PromptHash() {}

    /** Returns 64 characters of lower-case hex. */
    public static String of(int... prompt) {
        var bytes = ByteBuffer.allocate(Math.multiplyExact(prompt.length, Integer.BYTES));
        bytes.asIntBuffer().put(prompt);
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
