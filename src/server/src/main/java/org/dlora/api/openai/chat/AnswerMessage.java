package org.dlora.api.openai.chat;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.util.List;
import org.dlora.api.openai.tools.AnswerFormat;
import org.dlora.api.openai.tools.WholeAnswer;
import org.jspecify.annotations.Nullable;

/**
 * The message of a whole chat answer.
 *
 * @param content null if there are tool calls or reasoning alone
 * @param reasoningContent reasoning under DeepSeek's name; absent if there is none
 * @param reasoning the same under vLLM's name
 * @param toolCalls absent if there are none
 */
record AnswerMessage(
        String role,
        @Nullable String content,
        @Nullable String refusal,
        @JsonInclude(Include.NON_NULL) @Nullable String reasoningContent,
        @JsonInclude(Include.NON_NULL) @Nullable String reasoning,
        @JsonInclude(Include.NON_NULL) @Nullable List<ToolCall> toolCalls) {

    static AnswerMessage of(AnswerFormat format, WholeAnswer answer) {
        var reasoning = answer.reasoning().orElse(null);
        var calls =
                answer.calls().stream()
                        .map(one -> ToolCall.of(format.newId(), one.name(), one.arguments()))
                        .toList();
        boolean isBare = reasoning == null && calls.isEmpty();
        return new AnswerMessage(
                "assistant",
                answer.content().isEmpty() && !isBare ? null : answer.content(),
                null,
                reasoning,
                reasoning,
                calls.isEmpty() ? null : calls);
    }

    /** Returns a copy with {@code echoed} before its content. */
    AnswerMessage after(String echoed) {
        return echoed.isEmpty()
                ? this
                : new AnswerMessage(
                        role,
                        content == null ? echoed : echoed + content,
                        refusal,
                        reasoningContent,
                        reasoning,
                        toolCalls);
    }

    boolean hasCalls() {
        return toolCalls != null;
    }
}
