package org.dlora.api.openai.tools;

/**
 * One call as a JSON object on its way to the client. The call begins once its name is whole and
 * its arguments have begun; until then nothing is told.
 */
final class CallStream {

    enum Outcome {
        OPEN,
        /** The object has ended, and is a call. */
        CALL,
        /** The object has ended, but is no call; {@link #abandon} is to be called. */
        OTHER,
        /**
         * The character was not taken, because the object cannot become JSON with it; {@link
         * #abandon} is to be called.
         */
        BROKEN
    }

    private final JsonCall call = new JsonCall();
    private final boolean needsArguments;
    private boolean hasBegun;
    private int told;

    /**
     * @param needsArguments whether an object without arguments is no call; else they are {@code
     *     {}}
     */
    CallStream(boolean needsArguments) {
        this.needsArguments = needsArguments;
    }

    /** Takes a character, the first of which is the opening brace. */
    Outcome add(char c, PartSink sink) {
        var status = call.add(c);
        if (status == JsonScanner.Status.BROKEN) {
            return Outcome.BROKEN;
        }
        tell(sink);
        if (status == JsonScanner.Status.OPEN) {
            return Outcome.OPEN;
        }
        var name = call.name();
        if (!hasBegun && !needsArguments && name != null) {
            begin(name, sink);
            sink.arguments("{}");
        }
        return hasBegun ? Outcome.CALL : Outcome.OTHER;
    }

    private void tell(PartSink sink) {
        var name = call.name();
        if (name == null || !call.hasArguments()) {
            return;
        }
        if (!hasBegun) {
            begin(name, sink);
        }
        var more = call.argumentsFrom(told);
        sink.arguments(more);
        told += more.length();
    }

    private void begin(String name, PartSink sink) {
        sink.begin(name);
        hasBegun = true;
    }

    /**
     * Gives the call up: its text is content, unless it was told.
     *
     * @param before text of the call before the object, such as a tag
     */
    void abandon(String before, PartSink sink) {
        sink.abandon(hasBegun, !before.isBlank(), before + call.text());
    }
}
