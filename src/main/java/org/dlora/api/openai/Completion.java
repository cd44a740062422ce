package org.dlora.api.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An answer of {@code /v1/completions}, or a chunk of one, which has the same shape.
 *
 * @param dloraAdapter in chunks alone; see {@link LateLabel}
 * @param usage the counts; in streams see {@link StreamUsage#of}
 */
record Completion(
        String id,
        String object,
        long created,
        String model,
        String systemFingerprint,
        List<Choice> choices,
        @JsonInclude(Include.NON_NULL) @Nullable Object usage,
        @JsonInclude(Include.NON_NULL) @Nullable String dloraAdapter) {

    /**
     * @param tokenIds ids of the answer's tokens (vLLM)
     * @param promptTokenIds ids of the prompt's tokens (vLLM)
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
                call.id(),
                "text_completion",
                call.created(),
                call.model(),
                call.served().systemFingerprint(),
                choices,
                usage,
                null);
    }

    /** Returns it with the adapter's version. */
    Completion naming(@Nullable String adapter) {
        return new Completion(
                id, object, created, model, systemFingerprint, choices, usage, adapter);
    }
}
