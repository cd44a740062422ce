package org.dlora.api.openai.responses;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An item of an answer.
 *
 * @param type {@code message}
 * @param status {@code in_progress}, {@code completed} or {@code incomplete}
 * @param role {@code assistant}, of a message
 * @param content of a message
 */
record OutputItem(
        String id,
        String type,
        String status,
        @JsonInclude(Include.NON_NULL) @Nullable String role,
        @JsonInclude(Include.NON_NULL) @Nullable List<OutputText> content) {

    static OutputItem message(String id, String status, List<OutputText> content) {
        return new OutputItem(id, "message", status, "assistant", content);
    }
}
