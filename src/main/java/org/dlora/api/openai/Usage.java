package org.dlora.api.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import org.jspecify.annotations.Nullable;

/**
 * Token counts of a call: each prompt once, all answers.
 *
 * @param promptTokensDetails absent as long as it is not known
 */
record Usage(
        int promptTokens,
        int completionTokens,
        int totalTokens,
        @JsonInclude(Include.NON_NULL) @Nullable PromptTokensDetails promptTokensDetails) {

    /**
     * @param cachedTokens tokens of the prompts that were in the prefix cache
     */
    record PromptTokensDetails(int cachedTokens) {}

    static Usage of(int promptTokens, int completionTokens) {
        return new Usage(promptTokens, completionTokens, promptTokens + completionTokens, null);
    }

    Usage withCached(int tokens) {
        return new Usage(
                promptTokens, completionTokens, totalTokens, new PromptTokensDetails(tokens));
    }
}
