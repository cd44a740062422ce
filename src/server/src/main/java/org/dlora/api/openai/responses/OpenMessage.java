package org.dlora.api.openai.responses;

import java.util.ArrayList;
import java.util.List;
import org.dlora.api.openai.chat.ChatLogprobs;

/** A message while it grows. */
final class OpenMessage implements OpenItem {
    private final String id = ItemIds.next(ItemIds.MESSAGE);
    private final StringBuilder text = new StringBuilder();
    private final List<ChatLogprobs.Entry> logprobs = new ArrayList<>();

    /** Adds text, and returns the event of it. */
    ResponseEvent add(int index, String more, List<ChatLogprobs.Entry> ofTokens) {
        text.append(more);
        logprobs.addAll(ofTokens);
        return ResponseEvent.delta("response.output_text.delta", index, id, more)
                .inPart()
                .withLogprobs(ofTokens);
    }

    private OutputText part() {
        return OutputText.of(text.toString(), List.copyOf(logprobs));
    }

    @Override
    public OutputItem item(String status) {
        return OutputItem.message(id, status, List.of(part()));
    }

    @Override
    public OutputItem empty() {
        return OutputItem.message(id, "in_progress", List.of());
    }

    @Override
    public List<ResponseEvent> opening(int index) {
        return List.of(
                ResponseEvent.part(
                        "response.content_part.added", index, id, OutputText.of("", List.of())));
    }

    @Override
    public List<ResponseEvent> closing(int index) {
        var part = part();
        return List.of(
                ResponseEvent.text("response.output_text.done", index, id, part.text())
                        .inPart()
                        .withLogprobs(List.copyOf(logprobs)),
                ResponseEvent.part("response.content_part.done", index, id, part));
    }
}
