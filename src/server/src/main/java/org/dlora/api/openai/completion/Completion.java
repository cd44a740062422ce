package org.dlora.api.openai.completion;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.util.List;
import java.util.Map;
import org.dlora.api.openai.answer.PromptScore;
import org.dlora.api.openai.call.AnswerTimings;
import org.dlora.api.openai.call.Call;
import org.dlora.api.openai.call.Usage;
import org.jspecify.annotations.Nullable;

/**
 * A whole answer of {@code /v1/completions}.
 *
 * @param metrics times of the answer; absent unless a setting has them told
 */
record Completion(
        String id,
        String object,
        long created,
        String model,
        String systemFingerprint,
        List<Choice> choices,
        Usage usage,
        @JsonInclude(Include.NON_NULL) @Nullable AnswerTimings metrics) {

    /**
     * A choice; its last three members are vLLM's, null unless they were asked for.
     *
     * @param promptLogprobs how likely the prompt's tokens were, the first one left out as null
     * @param tokenIds ids of the answer's tokens (vLLM)
     * @param promptTokenIds ids of the prompt's tokens (vLLM)
     */
    record Choice(
            int index,
            String text,
            @Nullable CompletionLogprobs logprobs,
            @Nullable String finishReason,
            @Nullable Object stopReason,
            @Nullable List<@Nullable Map<Integer, PromptScore>> promptLogprobs,
            @Nullable List<Integer> tokenIds,
            int @Nullable [] promptTokenIds) {}

    static Completion of(Call call, List<Choice> choices, Usage usage) {
        return new Completion(
                call.id(),
                "text_completion",
                call.created(),
                call.model(),
                call.served().systemFingerprint(),
                choices,
                usage,
                call.timings());
    }
}
