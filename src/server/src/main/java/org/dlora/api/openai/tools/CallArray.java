package org.dlora.api.openai.tools;

/** Reader of an array of calls as JSON objects, or of one such object without an array. */
final class CallArray {

    enum Outcome {
        OPEN,
        /** All calls have come; the character was the last one. */
        ENDED,
        /** The character was not taken; {@link #abandon} is to be called. */
        BROKEN
    }

    private enum State {
        START,
        FIRST,
        ITEM,
        OBJECT,
        AFTER
    }

    private final boolean needsArguments;
    private State state = State.START;
    private boolean isArray;
    private CallStream call;

    /** Characters since the last call, except those of the open object. */
    private final StringBuilder untold = new StringBuilder();

    private boolean hasCalls;

    /**
     * @param before text before the array, which is content if there is no call
     * @param needsArguments see {@link CallStream}
     */
    CallArray(String before, boolean needsArguments) {
        this.needsArguments = needsArguments;
        call = new CallStream(needsArguments);
        untold.append(before);
    }

    Outcome add(char c, PartSink sink) {
        if (state == State.OBJECT) {
            return object(c, sink);
        }
        if (Character.isWhitespace(c)) {
            return take(c, state);
        }
        return switch (state) {
            case START -> c == '[' ? array(c) : c == '{' ? begin(c, sink) : Outcome.BROKEN;
            case FIRST -> c == ']' ? end(sink) : c == '{' ? begin(c, sink) : Outcome.BROKEN;
            case ITEM, OBJECT -> c == '{' ? begin(c, sink) : Outcome.BROKEN;
            case AFTER -> c == ',' ? take(c, State.ITEM) : c == ']' ? end(sink) : Outcome.BROKEN;
        };
    }

    private Outcome array(char c) {
        isArray = true;
        return take(c, State.FIRST);
    }

    private Outcome end(PartSink sink) {
        if (!hasCalls) {
            sink.content(untold);
            sink.content(']');
        }
        return Outcome.ENDED;
    }

    private Outcome take(char c, State next) {
        untold.append(c);
        state = next;
        return Outcome.OPEN;
    }

    private Outcome begin(char c, PartSink sink) {
        call = new CallStream(needsArguments);
        state = State.OBJECT;
        return object(c, sink);
    }

    private Outcome object(char c, PartSink sink) {
        return switch (call.add(c, sink)) {
            case OPEN -> Outcome.OPEN;
            case CALL -> {
                untold.setLength(0);
                hasCalls = true;
                state = State.AFTER;
                yield isArray ? Outcome.OPEN : Outcome.ENDED;
            }
            case OTHER -> {
                abandon(sink);
                yield isArray ? Outcome.OPEN : Outcome.ENDED;
            }
            case BROKEN -> Outcome.BROKEN;
        };
    }

    /** Gives up: what was not told is content. */
    void abandon(PartSink sink) {
        if (state == State.OBJECT) {
            call.abandon(untold.toString(), sink);
        } else {
            sink.abandon(false, true, untold);
        }
        untold.setLength(0);
        state = State.AFTER;
    }
}
