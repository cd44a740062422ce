package org.dlora.api.openai.tools;

import java.util.ArrayList;
import java.util.List;

/**
 * Collector of parts. It counts the calls, and leaves out whitespace between calls and around them:
 * blank text goes out with the next character that is not blank.
 */
final class PartSink {
    private final StringBuilder content = new StringBuilder();
    private final StringBuilder arguments = new StringBuilder();
    private final StringBuilder blank = new StringBuilder();
    private List<AnswerPart> parts = new ArrayList<>();
    private final StringBuilder dropped = new StringBuilder();
    private boolean hasContent;
    private int calls;

    /** Calls that are not well formed. */
    private int brokenCalls;

    /** Whether the answer's tokens ran out. */
    private boolean isCut;

    void content(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            content(text.charAt(i));
        }
    }

    void content(char c) {
        if (Character.isWhitespace(c)) {
            blank.append(c);
            return;
        }
        flushArguments();
        if (hasContent || calls == 0) {
            content.append(blank);
        }
        blank.setLength(0);
        content.append(c);
        hasContent = true;
    }

    /** Begins the next call. */
    void begin(String name) {
        flush();
        dropped.setLength(0);
        dropped.append(blank);
        blank.setLength(0);
        parts.add(new AnswerPart.CallBegun(calls++, name));
    }

    /** Adds arguments of the call that began last. */
    void arguments(CharSequence text) {
        arguments.append(text);
    }

    /** Says that the call that began last is not well formed. */
    void broken(String text) {
        flush();
        hasContent = true;
        brokenCalls++;
        parts.add(new AnswerPart.CallBroken(calls - 1, dropped + text));
    }

    /** Notes that the tokens of the answer ran out, so that a call at its end is unfinished. */
    void cut() {
        isCut = true;
    }

    /**
     * Gives up the text of what could have become a call, or of the call that began last: content,
     * unless the call is unfinished because the answer was cut.
     *
     * @param isTold whether the call has begun
     * @param isCall whether the text is of a call all the same
     */
    void abandon(boolean isTold, boolean isCall, CharSequence text) {
        if (isTold && isCut) {
            unfinished();
        } else if (isTold) {
            broken(text.toString());
        } else if (!isCall || !isCut) {
            content(text);
        }
    }

    /** Takes the call that began last back if the answer was cut. */
    void unfinished() {
        if (isCut) {
            flush();
            brokenCalls++;
            parts.add(new AnswerPart.CallBroken(calls - 1, ""));
        }
    }

    /** Ends the answer: blank text at its end is content if no call is well formed. */
    void end() {
        if (calls == brokenCalls) {
            content.append(blank);
            blank.setLength(0);
        }
    }

    /** Returns what has come since the last time. */
    List<AnswerPart> take() {
        flush();
        var taken = parts;
        parts = new ArrayList<>();
        return taken;
    }

    // At most one of both has text.
    private void flush() {
        flushArguments();
        if (!content.isEmpty()) {
            parts.add(new AnswerPart.Content(content.toString()));
            content.setLength(0);
        }
    }

    private void flushArguments() {
        if (!arguments.isEmpty()) {
            parts.add(new AnswerPart.Arguments(calls - 1, arguments.toString()));
            arguments.setLength(0);
        }
    }
}
