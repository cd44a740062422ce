package org.dlora.api.openai.tools;

/**
 * Parser of {@code {"name": …, "parameters": …}}, as Llama 3 writes calls: anywhere in the text,
 * with {@code <|python_tag|>} before the object or without, and several with {@code ;} between
 * them.
 *
 * <p>Format: vLLM's {@code llama3_json} parser.
 */
final class LlamaJsonParser implements ToolCallParser {
    private static final String TAG = "<|python_tag|>";

    private enum State {
        TEXT,
        TAG,
        OBJECT
    }

    private final TagSearch search = new TagSearch(TAG);
    private final StringBuilder passed = new StringBuilder();
    private final StringBuilder before = new StringBuilder();

    /** Separators after the last call: content if no call follows, but other text. */
    private final StringBuilder separators = new StringBuilder();

    private State state = State.TEXT;
    private CallStream call = new CallStream(true);
    private boolean isAfterCall;

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
        var text = passed.toString();
        passed.setLength(0);
        if (tag != null) {
            before.append(tag);
            state = State.TAG;
            return;
        }
        // A brace ends every beginning of a tag, so it is the last character.
        for (int i = 0; i < text.length(); i++) {
            character(text.charAt(i), sink);
        }
    }

    private void character(char c, PartSink sink) {
        if (c == '{') {
            begin(sink);
        } else if (isAfterCall && (c == ';' || Character.isWhitespace(c))) {
            separators.append(c);
        } else {
            content(String.valueOf(c), sink);
        }
    }

    private void tag(char c, PartSink sink) {
        if (c == '{') {
            begin(sink);
        } else if (Character.isWhitespace(c)) {
            before.append(c);
        } else {
            content(before.toString(), sink);
            toText();
            text(c, sink);
        }
    }

    private void begin(PartSink sink) {
        call = new CallStream(true);
        state = State.OBJECT;
        object('{', sink);
    }

    private void object(char c, PartSink sink) {
        switch (call.add(c, sink)) {
            case OPEN -> {}
            case CALL -> {
                isAfterCall = true;
                separators.setLength(0);
                toText();
            }
            case OTHER -> abandon(sink);
            case BROKEN -> {
                abandon(sink);
                text(c, sink);
            }
        }
    }

    private void content(String text, PartSink sink) {
        separate(sink);
        sink.content(text);
    }

    private void abandon(PartSink sink) {
        separate(sink);
        call.abandon(before.toString(), sink);
        toText();
    }

    private void separate(PartSink sink) {
        sink.abandon(false, true, separators);
        separators.setLength(0);
        isAfterCall = false;
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
                if (!rest.isEmpty()) {
                    content(rest, sink);
                }
            }
            case TAG -> {
                separate(sink);
                sink.abandon(false, true, before);
            }
            case OBJECT -> abandon(sink);
        }
    }
}
