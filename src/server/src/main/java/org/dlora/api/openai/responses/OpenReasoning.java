package org.dlora.api.openai.responses;

import java.util.List;

/** Reasoning while it grows. */
final class OpenReasoning implements OpenItem {
    private final String id = ItemIds.next(ItemIds.REASONING);
    private final StringBuilder text = new StringBuilder();

    /** Adds text, and returns the event of it. */
    ResponseEvent add(int index, String more) {
        text.append(more);
        return ResponseEvent.delta("response.reasoning_text.delta", index, id, more).inPart();
    }

    @Override
    public OutputItem item(String status) {
        return OutputItem.reasoning(id, status, List.of(OutputText.ofReasoning(text.toString())));
    }

    @Override
    public OutputItem empty() {
        return OutputItem.reasoning(id, "in_progress", List.of());
    }

    @Override
    public List<ResponseEvent> opening(int index) {
        return List.of(
                ResponseEvent.part(
                        "response.content_part.added", index, id, OutputText.ofReasoning("")));
    }

    @Override
    public List<ResponseEvent> closing(int index) {
        return List.of(
                ResponseEvent.text("response.reasoning_text.done", index, id, text.toString())
                        .inPart(),
                ResponseEvent.part(
                        "response.content_part.done",
                        index,
                        id,
                        OutputText.ofReasoning(text.toString())));
    }
}
