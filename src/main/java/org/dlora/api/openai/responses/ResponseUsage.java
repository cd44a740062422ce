package org.dlora.api.openai.responses;

/** Token counts of a response. */
record ResponseUsage(
        int inputTokens,
        InputDetails inputTokensDetails,
        int outputTokens,
        OutputDetails outputTokensDetails,
        int totalTokens) {

    /**
     * Part of the input's tokens.
     *
     * @param cachedTokens tokens that were in the prefix cache
     * @param cacheWriteTokens 0, as nothing is counted for writing to the prefix cache
     */
    record InputDetails(int cachedTokens, int cacheWriteTokens) {}

    /**
     * Part of the output's tokens.
     *
     * @param reasoningTokens 0, as reasoning is not counted apart
     */
    record OutputDetails(int reasoningTokens) {}

    static ResponseUsage of(int input, int cached, int output) {
        return new ResponseUsage(
                input, new InputDetails(cached, 0), output, new OutputDetails(0), input + output);
    }
}
