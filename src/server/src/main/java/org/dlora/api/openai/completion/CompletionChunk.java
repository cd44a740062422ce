package org.dlora.api.openai.completion;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.util.List;
import org.dlora.api.openai.answer.LateLabel;
import org.dlora.api.openai.answer.StreamUsage;
import org.dlora.api.openai.call.AnswerTimings;
import org.dlora.api.openai.call.Call;
import org.jspecify.annotations.Nullable;

/**
 * A piece of a streamed answer of {@code /v1/completions}. It has the shape of the whole answer.
 *
 * @param usage see {@link StreamUsage#of}
 * @param dloraAdapter see {@link LateLabel}
 * @param metrics times of the answer, in the chunk of token counts at most
 */
record CompletionChunk(
        String id,
        String object,
        long created,
        String model,
        String systemFingerprint,
        List<Choice> choices,
        @JsonInclude(Include.NON_NULL) @Nullable Object usage,
        @JsonInclude(Include.NON_NULL) @Nullable String dloraAdapter,
        @JsonInclude(Include.NON_NULL) @Nullable AnswerTimings metrics) {

    /**
     * @param tokenIds ids of the piece's tokens (vLLM)
     * @param promptTokenIds ids of the prompt's tokens, in the choice's first piece (vLLM)
     */
    record Choice(
            int index,
            String text,
            @Nullable CompletionLogprobs logprobs,
            @Nullable String finishReason,
            @Nullable Object stopReason,
            @JsonInclude(Include.NON_NULL) @Nullable List<Integer> tokenIds,
            @JsonInclude(Include.NON_NULL) int @Nullable [] promptTokenIds) {}

    static CompletionChunk of(Call call, List<Choice> choices, @Nullable Object usage) {
        return new CompletionChunk(
                call.id(),
                "text_completion",
                call.created(),
                call.model(),
                call.served().systemFingerprint(),
                choices,
                usage,
                null,
                null);
    }

    /** Returns a copy with the adapter's version. */
    CompletionChunk naming(@Nullable String adapter) {
        return new CompletionChunk(
                id, object, created, model, systemFingerprint, choices, usage, adapter, metrics);
    }

    /** Returns a copy with the times of the answer; null for none. */
    CompletionChunk timed(@Nullable AnswerTimings times) {
        return new CompletionChunk(
                id, object, created, model, systemFingerprint, choices, usage, dloraAdapter, times);
    }
}
