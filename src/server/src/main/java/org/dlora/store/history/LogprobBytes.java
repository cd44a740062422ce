package org.dlora.store.history;

import java.nio.ByteBuffer;

/** Log-probabilities as bytes: 4 for each, an IEEE 754 number, big-endian. */
final class LogprobBytes {
    private LogprobBytes() {}

    static byte[] of(float[] logprobs) {
        var bytes = ByteBuffer.allocate(Math.multiplyExact(logprobs.length, Float.BYTES));
        bytes.asFloatBuffer().put(logprobs);
        return bytes.array();
    }

    static float[] logprobs(byte[] bytes) {
        var logprobs = new float[bytes.length / Float.BYTES];
        ByteBuffer.wrap(bytes).asFloatBuffer().get(logprobs);
        return logprobs;
    }
}
