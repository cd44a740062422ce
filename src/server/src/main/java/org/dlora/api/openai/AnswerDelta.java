package org.dlora.api.openai;

import java.util.ArrayList;
import java.util.List;
import org.dlora.api.openai.tools.AnswerFormat;
import org.dlora.api.openai.tools.AnswerPart;
import org.jspecify.annotations.Nullable;

/**
 * Parts of an answer as one delta of a stream.
 *
 * @param isMore whether it has anything
 * @param begins whether a tool call begins with it
 */
record AnswerDelta(ChatChunk.Delta delta, boolean isMore, boolean begins) {

    static AnswerDelta of(AnswerFormat format, List<AnswerPart> parts) {
        var content = new StringBuilder();
        var reasoning = new StringBuilder();
        var calls = new ArrayList<ToolCall.Delta>();
        boolean begins = false;
        for (var part : parts) {
            switch (part) {
                case AnswerPart.Content text -> content.append(text.text());
                case AnswerPart.Reasoning thoughts -> reasoning.append(thoughts.text());
                case AnswerPart.CallBegun(int index, String name) -> {
                    calls.add(ToolCall.Delta.first(index, format.newId(), name, ""));
                    begins = true;
                }
                case AnswerPart.Arguments(int index, String text) -> add(calls, index, text);
                case AnswerPart.CallBroken _ -> {}
            }
        }
        var thoughts = text(reasoning);
        var delta =
                new ChatChunk.Delta(
                        null,
                        text(content),
                        thoughts,
                        thoughts,
                        calls.isEmpty() ? null : List.copyOf(calls));
        boolean isMore = delta.content() != null || thoughts != null || !calls.isEmpty();
        return new AnswerDelta(delta, isMore, begins);
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
                        new ToolCall.FunctionDelta(function.name(), function.arguments() + text)));
    }

    private static @Nullable String text(StringBuilder text) {
        return text.isEmpty() ? null : text.toString();
    }
}
