package org.dlora.api.openai.chat;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.util.ArrayList;
import java.util.List;
import org.dlora.api.openai.answer.LateLabel;
import org.dlora.api.openai.answer.StreamUsage;
import org.dlora.api.openai.call.AnswerTimings;
import org.dlora.api.openai.call.Call;
import org.dlora.api.openai.tools.AnswerFormat;
import org.dlora.api.openai.tools.AnswerPart;
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

        /** Returns parts of an answer as one delta. */
        static Delta of(AnswerFormat format, List<AnswerPart> parts) {
            var content = new StringBuilder();
            var reasoning = new StringBuilder();
            var calls = new ArrayList<ToolCall.Delta>();
            for (var part : parts) {
                switch (part) {
                    case AnswerPart.Content text -> content.append(text.text());
                    case AnswerPart.Reasoning thoughts -> reasoning.append(thoughts.text());
                    case AnswerPart.CallBegun(int index, String name) ->
                            calls.add(ToolCall.Delta.first(index, format.newId(), name, ""));
                    case AnswerPart.Arguments(int index, String text) -> add(calls, index, text);
                    case AnswerPart.CallBroken _ -> {}
                }
            }
            var thoughts = text(reasoning);
            return new Delta(
                    null,
                    text(content),
                    thoughts,
                    thoughts,
                    calls.isEmpty() ? null : List.copyOf(calls));
        }

        /** Adds arguments to the last piece, if that is of the same call. */
        private static void add(List<ToolCall.Delta> calls, int index, String text) {
            if (calls.isEmpty() || calls.getLast().index() != index) {
                calls.add(ToolCall.Delta.more(index, text));
                return;
            }
            var last = calls.removeLast();
            var function = last.function();
            calls.add(
                    new ToolCall.Delta(
                            index,
                            last.id(),
                            last.type(),
                            new ToolCall.FunctionDelta(
                                    function.name(), function.arguments() + text)));
        }

        private static @Nullable String text(StringBuilder text) {
            return text.isEmpty() ? null : text.toString();
        }

        /** Returns whether it adds anything to the answer. */
        boolean hasMore() {
            return content != null || reasoning != null || toolCalls != null;
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
