package org.dlora.api.openai.answer;

/** Conversion of log-probabilities to numbers that JSON can hold. */
public final class Logprob {
    /** vLLM's number for minus infinity. */
    private static final float LOWEST = -9999;

    private Logprob() {}

    public static float finite(float logprob) {
        return Math.max(logprob, LOWEST);
    }
}
