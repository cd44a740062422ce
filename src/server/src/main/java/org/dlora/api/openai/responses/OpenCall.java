package org.dlora.api.openai.responses;

import java.util.List;
import org.dlora.api.openai.chat.ChatEvent;

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

    /**
     * Returns what a client does not know of a call that broke: what follows the arguments so far,
     * or all of it if the model wrote them otherwise.
     *
     * @param text all that the model wrote of the call
     */
    String untold(String text) {
        int name = text.indexOf(call.name());
        int told = name < 0 || arguments.isEmpty() ? -1 : text.indexOf(arguments.toString(), name);
        return told < 0 ? text : text.substring(told + arguments.length());
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
