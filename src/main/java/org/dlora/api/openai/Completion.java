package org.dlora.api.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An answer of {@code /v1/completions}, whole or a piece of a stream: the two have one shape.
 *
 * @param usage the counts; in streams see {@link StreamUsage#of}
 */
record Completion(
        String id,
        String object,
        long created,
        String model,
        List<Choice> choices,
        @JsonInclude(Include.NON_NULL) @Nullable Object usage) {

    /**
     * @param tokenIds of the answer (vLLM)
     * @param promptTokenIds of the prompt (vLLM)
     */
    record Choice(
            int index,
            String text,
            @Nullable CompletionLogprobs logprobs,
            @Nullable String finishReason,
            @Nullable Object stopReason,
            @JsonInclude(Include.NON_NULL) @Nullable List<Integer> tokenIds,
            @JsonInclude(Include.NON_NULL) int @Nullable [] promptTokenIds) {}

    static Completion of(Call call, List<Choice> choices, @Nullable Object usage) {
        return new Completion(
                call.id(), "text_completion", call.created(), call.model(), choices, usage);
    }
}
