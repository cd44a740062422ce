package org.dlora.api.openai.tools;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reader of one answer, as its text comes. Confined to one thread. */
public final class AnswerReader {
    private final @Nullable ThinkParser thinking;
    private final @Nullable ToolCallParser calls;
    private final boolean isParallel;
    private final PartSink sink = new PartSink();
    private final Consumer<Character> content = this::content;

    AnswerReader(AnswerFormat format) {
        thinking = format.thinking() == Thinking.NONE ? null : new ThinkParser(format.thinking());
        calls = format.calls().parser();
        isParallel = format.isParallel();
    }

    /** Returns the parts that {@code text} adds. */
    public List<AnswerPart> add(String text) {
        if (thinking == null && calls == null) {
            return text.isEmpty() ? List.of() : List.of(new AnswerPart.Content(text));
        }
        for (int i = 0; i < text.length(); i++) {
            if (thinking == null) {
                content(text.charAt(i));
            } else {
                thinking.add(text.charAt(i), content);
            }
        }
        return take();
    }

    /** Returns the parts at the end of the answer. */
    public List<AnswerPart> end() {
        if (thinking != null) {
            thinking.end(content);
        }
        if (calls != null) {
            calls.end(sink);
        }
        sink.end();
        return take();
    }

    private void content(char c) {
        if (calls == null) {
            sink.content(c);
        } else {
            calls.add(c, sink);
        }
    }

    private List<AnswerPart> take() {
        var parts = new ArrayList<AnswerPart>();
        if (thinking != null) {
            var thoughts = thinking.take();
            if (!thoughts.isEmpty()) {
                parts.add(new AnswerPart.Reasoning(thoughts));
            }
        }
        sink.take().stream().filter(this::isWanted).forEach(parts::add);
        return parts;
    }

    private boolean isWanted(AnswerPart part) {
        return isParallel
                || switch (part) {
                    case AnswerPart.Content _, AnswerPart.Reasoning _ -> true;
                    case AnswerPart.CallBegun begun -> begun.index() == 0;
                    case AnswerPart.Arguments more -> more.index() == 0;
                    case AnswerPart.CallBroken broken -> broken.index() == 0;
                };
    }
}
