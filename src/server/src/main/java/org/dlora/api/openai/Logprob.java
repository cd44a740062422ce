package org.dlora.api.openai;

/** Conversion of log-probabilities to numbers that JSON can hold. */
final class Logprob {
    /** vLLM's number for minus infinity. */
    private static final float LOWEST = -9999;

    private Logprob() {}

    static float finite(float logprob) {
        return Math.max(logprob, LOWEST);
    }
}
