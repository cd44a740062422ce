package org.dlora.api.openai.tools;

/**
 * Parser of answers that are the arguments of one function, which the request names. They begin
 * with a brace; what else there is, such as the beginning of a tag where the answer was cut off, is
 * content. Arguments that the tokens did not suffice for are taken back.
 */
final class NamedCallParser implements ToolCallParser {
    private final String name;
    private final JsonScanner scanner = new JsonScanner();
    private boolean hasBegun;
    private boolean isOpen;

    NamedCallParser(String name) {
        this.name = name;
    }

    @Override
    public void add(char c, PartSink sink) {
        if (!hasBegun) {
            if (c != '{') {
                sink.content(c);
                return;
            }
            hasBegun = true;
            isOpen = true;
            sink.begin(name);
        }
        isOpen = isOpen && scanner.add(c) == JsonScanner.Status.OPEN;
        sink.arguments(String.valueOf(c));
    }

    @Override
    public void end(PartSink sink) {
        if (isOpen) {
            sink.unfinished();
        }
    }
}
