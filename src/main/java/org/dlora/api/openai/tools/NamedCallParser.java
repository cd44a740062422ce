package org.dlora.api.openai.tools;

/** Parser of answers that are the arguments of one function, which the request names. */
final class NamedCallParser implements ToolCallParser {
    private final String name;
    private boolean hasBegun;

    NamedCallParser(String name) {
        this.name = name;
    }

    @Override
    public void add(char c, PartSink sink) {
        if (!hasBegun) {
            if (Character.isWhitespace(c)) {
                return;
            }
            hasBegun = true;
            sink.begin(name);
        }
        sink.arguments(String.valueOf(c));
    }

    @Override
    public void end(PartSink sink) {}
}
