package org.dlora.workload;

/** What came of a request. */
public sealed interface Outcome {
    /** What it asked for. */
    String model();

    /**
     * It was answered whole.
     *
     * @param timeToFirstToken seconds from sending to the first token
     * @param seconds from sending to the end
     */
    record Done(
            String model,
            int promptTokens,
            int outputTokens,
            double timeToFirstToken,
            double seconds)
            implements Outcome {

        /** TPOT: seconds for each token after the first. */
        double timePerOutputToken() {
            return (seconds - timeToFirstToken) / Math.max(1, outputTokens - 1);
        }

        /** Latency of the whole request for each of its tokens. */
        double secondsPerToken() {
            return seconds / outputTokens;
        }
    }

    /** It was not, or not whole. */
    record Failed(String model, String error) implements Outcome {}
}
