package org.dlora.store.history;

import java.nio.ByteBuffer;

/** Token ids as bytes: 4 for each, big-endian. */
final class TokenBytes {
    private TokenBytes() {}

    static byte[] of(int[] tokens) {
        var bytes = ByteBuffer.allocate(Math.multiplyExact(tokens.length, Integer.BYTES));
        bytes.asIntBuffer().put(tokens);
        return bytes.array();
    }

    static int[] tokens(byte[] bytes) {
        var tokens = new int[bytes.length / Integer.BYTES];
        ByteBuffer.wrap(bytes).asIntBuffer().get(tokens);
        return tokens;
    }
}
