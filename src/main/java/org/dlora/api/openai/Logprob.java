package org.dlora.api.openai;

/** Log-probabilities as JSON can hold them. */
final class Logprob {
    /** What vLLM writes for minus infinity. */
    private static final float LOWEST = -9999;

    private Logprob() {}

    static float finite(float logprob) {
        return Math.max(logprob, LOWEST);
    }
}
