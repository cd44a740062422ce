package org.dlora.workload;

/** The outcome of one request. */
public sealed interface Outcome {
    /** Returns the model that the request named. */
    String model();

    /**
     * A request that was answered whole.
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

        /** Returns TPOT: seconds per token after the first. */
        double timePerOutputToken() {
            return (seconds - timeToFirstToken) / Math.max(1, outputTokens - 1);
        }

        /** Returns the latency of the whole request per output token, in seconds. */
        double secondsPerToken() {
            return seconds / outputTokens;
        }
    }

    /** A request that was not answered, or not whole. */
    record Failed(String model, String error) implements Outcome {}
}
