package org.dlora.api.openai.responses;

import java.util.List;
import org.dlora.api.openai.ChatLogprobs;

/**
 * Text of a message.
 *
 * @param type {@code output_text}
 * @param annotations none
 * @param logprobs of the tokens; empty if they were not asked for
 */
record OutputText(
        String type, String text, List<Object> annotations, List<ChatLogprobs.Entry> logprobs) {

    static OutputText of(String text, List<ChatLogprobs.Entry> logprobs) {
        return new OutputText("output_text", text, List.of(), logprobs);
    }
}
