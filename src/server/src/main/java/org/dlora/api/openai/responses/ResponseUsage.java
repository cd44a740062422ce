package org.dlora.api.openai.responses;

import org.dlora.api.openai.chat.ChatEvent;

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
     * @param reasoningTokens tokens between the tags of the reasoning
     */
    record OutputDetails(int reasoningTokens) {}

    static ResponseUsage of(ChatEvent.End end) {
        return new ResponseUsage(
                end.promptTokens(),
                new InputDetails(end.cachedTokens(), 0),
                end.outputTokens(),
                new OutputDetails(end.reasoningTokens()),
                end.promptTokens() + end.outputTokens());
    }
}
