package org.dlora.api.openai.responses;

import java.util.List;
import org.dlora.api.openai.ChatEvent;

/** A call of a function while it grows. */
final class OpenCall implements OpenItem {
    private final String id = ItemIds.next(ItemIds.CALL);
    private final ChatEvent.CallBegun call;
    private final StringBuilder arguments = new StringBuilder();

    OpenCall(ChatEvent.CallBegun call) {
        this.call = call;
    }

    /** Adds arguments, and returns the event of them. */
    ResponseEvent add(int index, String more) {
        arguments.append(more);
        return ResponseEvent.delta("response.function_call_arguments.delta", index, id, more);
    }

    @Override
    public OutputItem item(String status) {
        return OutputItem.call(id, status, call.id(), call.name(), arguments.toString());
    }

    @Override
    public OutputItem empty() {
        return OutputItem.call(id, "in_progress", call.id(), call.name(), "");
    }

    @Override
    public List<ResponseEvent> opening(int index) {
        return List.of();
    }

    @Override
    public List<ResponseEvent> closing(int index) {
        return List.of(
                ResponseEvent.arguments(
                        "response.function_call_arguments.done",
                        index,
                        id,
                        call.name(),
                        arguments.toString()));
    }
}
