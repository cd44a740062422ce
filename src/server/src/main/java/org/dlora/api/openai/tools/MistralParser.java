package org.dlora.api.openai.tools;

import java.util.regex.Pattern;

/**
 * Parser of what Mistral's models write after {@code [TOOL_CALLS]}: an array of {@code {"name": …,
 * "arguments": …}}, or in newer ones {@code name{…}} or {@code name[ARGS]{…}}, each with the marker
 * before it.
 *
 * <p>Format: vLLM's {@code mistral} parser.
 */
final class MistralParser implements ToolCallParser {
    private static final String MARKER = "[TOOL_CALLS]";

    /** A name, then what the vocabularies since version 13 put before the arguments. */
    private static final Pattern HEAD =
            Pattern.compile("([\\w.-]{1,256})(?:\\[CALL_ID\\][\\w-]*)?(?:\\[ARGS\\])?\\s*");

    private static final Pattern BEGUN_HEAD =
            Pattern.compile("[\\w.-]{1,256}[\\[\\]\\w\\s-]{0,128}");

    private enum State {
        TEXT,
        MARKED,
        HEAD,
        ARGUMENTS,
        ARRAY
    }

    private final TagSearch search = new TagSearch(MARKER);
    private final StringBuilder passed = new StringBuilder();
    private final StringBuilder before = new StringBuilder();
    private final StringBuilder arguments = new StringBuilder();
    private State state = State.TEXT;
    private JsonScanner scanner = new JsonScanner();
    private CallArray array = new CallArray("", false);

    @Override
    public void add(char c, PartSink sink) {
        switch (state) {
            case TEXT -> text(c, sink);
            case MARKED -> marked(c, sink);
            case HEAD -> head(c, sink);
            case ARGUMENTS -> argument(c, sink);
            case ARRAY -> array(c, sink);
        }
    }

    private void text(char c, PartSink sink) {
        var tag = search.add(c, passed);
        sink.content(passed);
        passed.setLength(0);
        if (tag != null) {
            before.setLength(0);
            before.append(tag);
            state = State.MARKED;
        }
    }

    private void marked(char c, PartSink sink) {
        if (Character.isWhitespace(c)) {
            before.append(c);
        } else if (c == '[' || c == '{') {
            array = new CallArray(before.toString(), false);
            state = State.ARRAY;
            array(c, sink);
        } else {
            state = State.HEAD;
            head(c, sink);
        }
    }

    private void head(char c, PartSink sink) {
        var head = before.substring(before.indexOf("]") + 1).strip();
        if (c == '{') {
            var matcher = HEAD.matcher(head);
            if (matcher.matches()) {
                sink.begin(matcher.group(1));
                scanner = new JsonScanner();
                arguments.setLength(0);
                state = State.ARGUMENTS;
                argument(c, sink);
                return;
            }
        } else if (BEGUN_HEAD.matcher(head + c).matches()) {
            before.append(c);
            return;
        }
        sink.content(before);
        state = State.TEXT;
        text(c, sink);
    }

    private void argument(char c, PartSink sink) {
        switch (scanner.add(c)) {
            case OPEN -> argument(c, State.ARGUMENTS, sink);
            case COMPLETE -> argument(c, State.TEXT, sink);
            case BROKEN -> {
                sink.broken(before.toString() + arguments);
                state = State.TEXT;
                text(c, sink);
            }
        }
    }

    private void argument(char c, State next, PartSink sink) {
        arguments.append(c);
        sink.arguments(String.valueOf(c));
        state = next;
    }

    private void array(char c, PartSink sink) {
        switch (array.add(c, sink)) {
            case OPEN -> {}
            case ENDED -> state = State.TEXT;
            case BROKEN -> {
                array.abandon(sink);
                state = State.TEXT;
                text(c, sink);
            }
        }
    }

    @Override
    public void end(PartSink sink) {
        switch (state) {
            case TEXT -> sink.content(search.rest());
            case MARKED, HEAD -> sink.abandon(false, true, before);
            case ARGUMENTS -> sink.abandon(true, true, before.toString() + arguments);
            case ARRAY -> array.abandon(sink);
        }
    }
}
