package org.dlora.api.openai.tools;

/**
 * Parser of {@code <tool_call>{"name": …, "arguments": …}</tool_call>}, as Hermes, Qwen 2.5 and
 * Qwen 3 write calls. The closing tag may be missing at the end of the answer.
 *
 * <p>Format: vLLM's {@code hermes} parser.
 */
final class HermesParser implements ToolCallParser {
    private static final String OPEN = "<tool_call>";
    private static final String CLOSE = "</tool_call>";

    private enum State {
        TEXT,
        TAG,
        OBJECT
    }

    private final TagSearch search = new TagSearch(OPEN, CLOSE);
    private final StringBuilder passed = new StringBuilder();
    private final StringBuilder before = new StringBuilder();
    private State state = State.TEXT;
    private CallStream call = new CallStream(true);

    /** Whether the last call's closing tag has not come. */
    private boolean isUnclosed;

    @Override
    public void add(char c, PartSink sink) {
        switch (state) {
            case TEXT -> text(c, sink);
            case TAG -> tag(c, sink);
            case OBJECT -> object(c, sink);
        }
    }

    private void text(char c, PartSink sink) {
        var tag = search.add(c, passed);
        sink.content(passed);
        passed.setLength(0);
        if (OPEN.equals(tag)) {
            before.append(tag);
            state = State.TAG;
        } else if (tag != null && !isUnclosed) {
            sink.content(tag);
        } else if (tag != null) {
            isUnclosed = false;
        }
    }

    private void tag(char c, PartSink sink) {
        if (Character.isWhitespace(c)) {
            before.append(c);
        } else if (c == '{') {
            call = new CallStream(true);
            state = State.OBJECT;
            object(c, sink);
        } else {
            sink.content(before);
            toText();
            text(c, sink);
        }
    }

    private void object(char c, PartSink sink) {
        switch (call.add(c, sink)) {
            case OPEN -> {}
            case CALL -> {
                isUnclosed = true;
                toText();
            }
            case OTHER -> abandon(sink);
            case BROKEN -> {
                abandon(sink);
                text(c, sink);
            }
        }
    }

    private void abandon(PartSink sink) {
        call.abandon(before.toString(), sink);
        toText();
    }

    private void toText() {
        before.setLength(0);
        state = State.TEXT;
    }

    @Override
    public void end(PartSink sink) {
        switch (state) {
            case TEXT -> {
                var rest = search.rest();
                if (!isUnclosed || !CLOSE.startsWith(rest)) {
                    sink.content(rest);
                }
            }
            case TAG -> sink.abandon(false, true, before);
            case OBJECT -> abandon(sink);
        }
    }
}
