package org.dlora.api.openai.call;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.util.stream.IntStream;
import org.dlora.api.openai.tools.AnswerFormat;
import org.dlora.api.openai.tools.Thinking;
import org.jspecify.annotations.Nullable;

/**
 * Token counts of a call: each prompt once, and all answers.
 *
 * @param promptTokensDetails absent until it is known
 * @param completionTokensDetails absent where answers have no reasoning
 */
public record Usage(
        int promptTokens,
        int completionTokens,
        int totalTokens,
        @JsonInclude(Include.NON_NULL) @Nullable PromptTokensDetails promptTokensDetails,
        @JsonInclude(Include.NON_NULL) @Nullable CompletionTokensDetails completionTokensDetails) {

    /**
     * Part of the prompt tokens.
     *
     * @param cachedTokens prompt tokens that were in the prefix cache
     */
    record PromptTokensDetails(int cachedTokens) {}

    /**
     * Part of the completion tokens.
     *
     * @param reasoningTokens tokens between the tags of the reasoning
     */
    record CompletionTokensDetails(int reasoningTokens) {}

    static Usage of(int promptTokens, int completionTokens) {
        return new Usage(
                promptTokens, completionTokens, promptTokens + completionTokens, null, null);
    }

    Usage withCached(int tokens) {
        return new Usage(
                promptTokens,
                completionTokens,
                totalTokens,
                new PromptTokensDetails(tokens),
                completionTokensDetails);
    }

    /**
     * Returns a copy with the count of reasoning, if the model reasons.
     *
     * @param tokens of each answer
     */
    public Usage withReasoning(AnswerFormat format, IntStream tokens) {
        return format.thinking() == Thinking.NONE
                ? this
                : new Usage(
                        promptTokens,
                        completionTokens,
                        totalTokens,
                        promptTokensDetails,
                        new CompletionTokensDetails(tokens.sum()));
    }
}
