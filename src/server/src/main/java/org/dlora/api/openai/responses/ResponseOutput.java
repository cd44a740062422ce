package org.dlora.api.openai.responses;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.dlora.api.openai.chat.ChatEvent;
import org.dlora.api.openai.chat.ChatLogprobs;
import org.jspecify.annotations.Nullable;

/** Items of an answer in the order in which the model writes them, one after another. */
final class ResponseOutput {
    private static final String DONE = "completed";

    private final List<OutputItem> items = new ArrayList<>();
    private final Consumer<ResponseEvent> events;
    private final boolean isStream;
    private @Nullable OpenItem open;

    /**
     * @param events gets the events of a stream
     * @param isStream whether the client has them, so that nothing can be taken back
     */
    ResponseOutput(Consumer<ResponseEvent> events, boolean isStream) {
        this.events = events;
        this.isStream = isStream;
    }

    /** Adds what happened to the answer. */
    void add(ChatEvent event) {
        switch (event) {
            case ChatEvent.Text text -> text(text.text(), text.logprobs());
            case ChatEvent.Reasoning reasoning -> {
                var thoughts =
                        open instanceof OpenReasoning same ? same : open(new OpenReasoning());
                events.accept(thoughts.add(items.size(), reasoning.text()));
            }
            case ChatEvent.CallBegun call -> open(new OpenCall(call));
            case ChatEvent.Arguments arguments -> {
                if (open instanceof OpenCall call) {
                    events.accept(call.add(items.size(), arguments.text()));
                }
            }
            case ChatEvent.CallBroken broken -> {
                var rest = broken.text();
                if (isStream) {
                    rest = open instanceof OpenCall call ? call.untold(rest) : rest;
                    close("incomplete");
                } else {
                    open = null;
                }
                text(rest, List.of());
            }
            case ChatEvent.End _ -> {}
        }
    }

    private void text(String text, List<ChatLogprobs.Entry> logprobs) {
        boolean isFirst = open == null && items.isEmpty();
        if (text.isEmpty() && !isFirst && !(open instanceof OpenMessage)) {
            return;
        }
        var message = open instanceof OpenMessage same ? same : open(new OpenMessage());
        // A token without text, held back or part of a character, is silent.
        if (!text.isEmpty() || !logprobs.isEmpty()) {
            events.accept(message.add(items.size(), text, logprobs));
        }
    }

    private <T extends OpenItem> T open(T item) {
        close(DONE);
        open = item;
        events.accept(ResponseEvent.item("response.output_item.added", items.size(), item.empty()));
        item.opening(items.size()).forEach(events);
        return item;
    }

    private void close(String status) {
        var last = open;
        if (last == null) {
            return;
        }
        int index = items.size();
        last.closing(index).forEach(events);
        var item = last.item(status);
        events.accept(ResponseEvent.item("response.output_item.done", index, item));
        items.add(item);
        open = null;
    }

    /** Ends the last item; an answer without any is an empty message. */
    void end(String status) {
        if (open == null && items.isEmpty()) {
            open(new OpenMessage());
        }
        close(status);
    }

    /** Returns the items as far as they have come. */
    List<OutputItem> items() {
        var all = new ArrayList<>(items);
        if (open != null) {
            all.add(open.item("incomplete"));
        }
        return List.copyOf(all);
    }
}
