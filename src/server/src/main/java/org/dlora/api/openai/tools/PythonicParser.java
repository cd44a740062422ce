package org.dlora.api.openai.tools;

import java.util.ArrayDeque;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Parser of answers that are a list of calls as in Python: {@code [f(a=1), g(b="x")]}, as Llama 3.2
 * and Llama 4 write them. A call is told once it is whole.
 *
 * <p>Format: vLLM's {@code pythonic} and {@code llama4_pythonic} parsers.
 */
final class PythonicParser implements ToolCallParser {
    private static final List<String> MARKERS = List.of("<|python_start|>", "<|python_tag|>");

    /** What {@link #NAME} ends with. */
    private static final String BLANKS = " \t\n\013\f\r";

    private static final Pattern NAME = Pattern.compile("[A-Za-z_][\\w.]{0,255}\\s*");

    private enum State {
        START,
        NAME,
        ARGUMENTS,
        AFTER,
        TEXT
    }

    private final TagSearch search = new TagSearch("<|python_end|>");
    private final StringBuilder passed = new StringBuilder();

    /** What of {@link #MARKERS} has come, without whitespace around it. */
    private final StringBuilder marker = new StringBuilder();

    /** Text since the last call. */
    private final StringBuilder untold = new StringBuilder();

    /** Text of the call that is open. */
    private final StringBuilder call = new StringBuilder();

    private final ArrayDeque<Character> open = new ArrayDeque<>();
    private State state = State.START;
    private char quote;
    private boolean isEscaped;
    private boolean hasCalls;

    @Override
    public void add(char c, PartSink sink) {
        switch (state) {
            case START -> start(c, sink);
            case NAME -> name(c, sink);
            case ARGUMENTS -> argument(c, sink);
            case AFTER -> after(c, sink);
            case TEXT -> text(c, sink);
        }
    }

    private void start(char c, PartSink sink) {
        untold.append(c);
        var text = marker.toString();
        boolean isBetween = text.isEmpty() || MARKERS.contains(text);
        if (isBetween && Character.isWhitespace(c)) {
            return;
        }
        if (isBetween && c == '[') {
            state = State.NAME;
            return;
        }
        marker.append(c);
        if (MARKERS.stream().noneMatch(one -> one.startsWith(text + c))) {
            giveUp(sink);
        }
    }

    private void name(char c, PartSink sink) {
        if (call.isEmpty() && Character.isWhitespace(c)) {
            untold.append(c);
        } else if (c == ']' && call.isEmpty() && hasCalls) {
            close(c, sink);
        } else if (c == '(' && !call.isEmpty()) {
            call.append(c);
            open.push(')');
            state = State.ARGUMENTS;
        } else {
            call.append(c);
            if (BLANKS.indexOf(c) < 0 && !NAME.matcher(call).matches()) {
                giveUp(sink);
            }
        }
    }

    private void argument(char c, PartSink sink) {
        call.append(c);
        if (quote != 0) {
            string(c);
        } else if (PythonLiteral.isQuote(c)) {
            quote = c;
        } else if ("([{".indexOf(c) >= 0) {
            open.push(")]}".charAt("([{".indexOf(c)));
        } else if (")]}".indexOf(c) >= 0) {
            if (open.pop() != c) {
                giveUp(sink);
            } else if (open.isEmpty()) {
                tell(sink);
            }
        }
    }

    private void string(char c) {
        if (isEscaped) {
            isEscaped = false;
        } else if (c == '\\') {
            isEscaped = true;
        } else if (c == quote) {
            quote = 0;
        }
    }

    private void tell(PartSink sink) {
        var parsed = PythonCall.parse(call.toString());
        if (parsed == null) {
            sink.content(untold);
            sink.content(call);
        } else {
            sink.begin(parsed.name());
            sink.arguments(parsed.arguments());
            hasCalls = true;
        }
        untold.setLength(0);
        call.setLength(0);
        state = State.AFTER;
    }

    private void after(char c, PartSink sink) {
        if (c == ']') {
            close(c, sink);
            return;
        }
        untold.append(c);
        if (c == ',') {
            state = State.NAME;
        } else if (!Character.isWhitespace(c)) {
            giveUp(sink);
        }
    }

    private void close(char c, PartSink sink) {
        if (!hasCalls) {
            sink.content(untold.append(c));
        }
        untold.setLength(0);
        state = State.TEXT;
    }

    private void text(char c, PartSink sink) {
        var tag = search.add(c, passed);
        sink.content(passed);
        passed.setLength(0);
        if (tag != null && !hasCalls) {
            sink.content(tag);
        }
    }

    private void giveUp(PartSink sink) {
        boolean isCall = state == State.ARGUMENTS || hasCalls || !marker.isEmpty();
        sink.abandon(false, isCall, untold.append(call));
        untold.setLength(0);
        call.setLength(0);
        state = State.TEXT;
    }

    @Override
    public void end(PartSink sink) {
        if (state != State.AFTER || !hasCalls) {
            giveUp(sink);
        }
        sink.content(search.rest());
    }
}
