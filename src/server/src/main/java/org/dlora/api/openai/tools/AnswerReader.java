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
    private final boolean hidesReasoning;
    private final PartSink sink = new PartSink();
    private final Consumer<Character> content = this::content;

    private int reasoningTokens;

    /** Whether a call was passed on that is well formed, as far as is known. */
    private boolean hasCall;

    /** Whether the call that began last is left out. */
    private boolean isLeftOut;

    AnswerReader(AnswerFormat format) {
        thinking = format.thinking().mayReason() ? new ThinkParser(format.thinking()) : null;
        calls = format.calls().parser();
        isParallel = format.isParallel();
        hidesReasoning = format.hidesReasoning();
    }

    /** Returns the parts that a token adds, whose text is {@code text}. */
    public List<AnswerPart> addToken(String text) {
        boolean hasBegun = isReasoning();
        var parts = add(text);
        if (hasBegun && isReasoning()) {
            reasoningTokens++;
        }
        return parts;
    }

    /**
     * Returns how many of the tokens so far stand between the tags. Of a closing tag of several
     * tokens all but the last are among them.
     */
    public int reasoningTokens() {
        return reasoningTokens;
    }

    private boolean isReasoning() {
        return thinking != null && thinking.isReasoning();
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

    /**
     * Returns the parts at the end of the answer.
     *
     * @param isCut whether its tokens ran out; then a call at its end is left out
     */
    public List<AnswerPart> end(boolean isCut) {
        if (isCut) {
            sink.cut();
        }
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
            if (!thoughts.isEmpty() && !hidesReasoning) {
                parts.add(new AnswerPart.Reasoning(thoughts));
            }
        }
        for (var part : sink.take()) {
            var wanted = isParallel ? part : wanted(part);
            if (wanted != null) {
                parts.add(wanted);
            }
        }
        return parts;
    }

    /** Returns what of a part is passed on if one call is wanted; null if it is left out. */
    private @Nullable AnswerPart wanted(AnswerPart part) {
        return switch (part) {
            case AnswerPart.Content _, AnswerPart.Reasoning _ -> part;
            case AnswerPart.CallBegun _ -> {
                isLeftOut = hasCall;
                hasCall = true;
                yield isLeftOut ? null : part;
            }
            case AnswerPart.Arguments _ -> isLeftOut ? null : part;
            case AnswerPart.CallBroken broken -> {
                hasCall = isLeftOut;
                yield isLeftOut ? new AnswerPart.Content(broken.text()) : part;
            }
        };
    }
}
