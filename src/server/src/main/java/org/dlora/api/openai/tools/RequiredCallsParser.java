package org.dlora.api.openai.tools;

/**
 * Parser of answers that have to be calls: {@code [{"name": …, "parameters": …}, …]}, as vLLM
 * constrains {@code tool_choice: "required"}. What else there is, is content.
 */
final class RequiredCallsParser implements ToolCallParser {
    private final CallArray calls = new CallArray("", true);
    private boolean isOver;

    @Override
    public void add(char c, PartSink sink) {
        if (isOver) {
            sink.content(c);
            return;
        }
        switch (calls.add(c, sink)) {
            case OPEN -> {}
            case ENDED -> isOver = true;
            case BROKEN -> {
                calls.abandon(sink);
                isOver = true;
                sink.content(c);
            }
        }
    }

    @Override
    public void end(PartSink sink) {
        if (!isOver) {
            calls.abandon(sink);
        }
    }
}
