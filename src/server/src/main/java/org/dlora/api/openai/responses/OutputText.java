package org.dlora.api.openai.responses;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.util.List;
import org.dlora.api.openai.chat.ChatLogprobs;
import org.jspecify.annotations.Nullable;

/**
 * Text of a message, or of reasoning.
 *
 * @param type {@code output_text} or {@code reasoning_text}
 * @param annotations none, of a message
 * @param logprobs of the tokens of a message; empty if they were not asked for
 */
@JsonInclude(Include.NON_NULL)
record OutputText(
        String type,
        String text,
        @Nullable List<Object> annotations,
        @Nullable List<ChatLogprobs.Entry> logprobs) {

    static OutputText of(String text, List<ChatLogprobs.Entry> logprobs) {
        return new OutputText("output_text", text, List.of(), logprobs);
    }

    static OutputText ofReasoning(String text) {
        return new OutputText("reasoning_text", text, null, null);
    }
}
