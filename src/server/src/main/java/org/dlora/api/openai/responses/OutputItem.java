package org.dlora.api.openai.responses;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An item of an answer.
 *
 * @param type {@code message}, {@code function_call} or {@code reasoning}
 * @param status {@code in_progress}, {@code completed} or {@code incomplete}
 * @param role {@code assistant}, of a message
 * @param summary none, of reasoning
 * @param content of a message, or of reasoning
 * @param callId of a call; the item with its result names it
 * @param name of the function that is called
 * @param arguments of a call: JSON, written by the model
 */
@JsonInclude(Include.NON_NULL)
record OutputItem(
        String id,
        String type,
        String status,
        @Nullable String role,
        @Nullable List<Object> summary,
        @Nullable List<OutputText> content,
        @Nullable String callId,
        @Nullable String name,
        @Nullable String arguments) {

    static OutputItem message(String id, String status, List<OutputText> content) {
        return new OutputItem(id, "message", status, "assistant", null, content, null, null, null);
    }

    static OutputItem reasoning(String id, String status, List<OutputText> content) {
        return new OutputItem(id, "reasoning", status, null, List.of(), content, null, null, null);
    }

    static OutputItem call(String id, String status, String callId, String name, String arguments) {
        return new OutputItem(
                id, "function_call", status, null, null, null, callId, name, arguments);
    }
}
