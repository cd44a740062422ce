package org.dlora.api.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A piece of a streamed chat answer.
 *
 * @param usage see {@link StreamUsage#of}
 * @param dloraAdapter see {@link LateLabel}
 * @param metrics times of the answer, in the chunk of token counts at most
 */
record ChatChunk(
        String id,
        String object,
        long created,
        String model,
        String systemFingerprint,
        List<Choice> choices,
        @JsonInclude(Include.NON_NULL) @Nullable Object usage,
        @JsonInclude(Include.NON_NULL) int @Nullable [] promptTokenIds,
        @JsonInclude(Include.NON_NULL) @Nullable String dloraAdapter,
        @JsonInclude(Include.NON_NULL) @Nullable AnswerTimings metrics) {

    /**
     * @param reasoningContent reasoning under DeepSeek's name
     * @param reasoning the same under vLLM's name
     */
    @JsonInclude(Include.NON_NULL)
    record Delta(
            @Nullable String role,
            @Nullable String content,
            @Nullable String reasoningContent,
            @Nullable String reasoning,
            @Nullable List<ToolCall.Delta> toolCalls) {

        static Delta of(@Nullable String role, @Nullable String content) {
            return new Delta(role, content, null, null, null);
        }
    }

    record Choice(
            int index,
            Delta delta,
            @Nullable ChatLogprobs logprobs,
            @Nullable String finishReason,
            @JsonInclude(Include.NON_NULL) @Nullable Object stopReason,
            @JsonInclude(Include.NON_NULL) @Nullable List<Integer> tokenIds) {}

    static ChatChunk of(
            Call call,
            List<Choice> choices,
            @Nullable Object usage,
            int @Nullable [] promptTokenIds) {
        return new ChatChunk(
                call.id(),
                "chat.completion.chunk",
                call.created(),
                call.model(),
                call.served().systemFingerprint(),
                choices,
                usage,
                promptTokenIds,
                null,
                null);
    }

    /** Returns a copy with the adapter's version. */
    ChatChunk naming(@Nullable String adapter) {
        return with(adapter, metrics);
    }

    /** Returns a copy with the times of the answer; null for none. */
    ChatChunk timed(@Nullable AnswerTimings times) {
        return with(dloraAdapter, times);
    }

    private ChatChunk with(@Nullable String adapter, @Nullable AnswerTimings times) {
        return new ChatChunk(
                id,
                object,
                created,
                model,
                systemFingerprint,
                choices,
                usage,
                promptTokenIds,
                adapter,
                times);
    }
}
