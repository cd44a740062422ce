package org.dlora.api.openai.chat;

import java.util.List;
import java.util.Map;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;

/**
 * Start of a chat's answer.
 *
 * @param addGenerationPrompt whether the prompt ends with the opening of the assistant's message
 * @param continuesLast whether the answer continues the last message instead, which the prompt
 *     leaves open
 */
public record AnswerOpening(boolean addGenerationPrompt, boolean continuesLast) {
    private static final String PREFIX = "prefix";
    private static final String CONTINUE = "continue_final_message";

    /**
     * Reads {@code add_generation_prompt} and {@code continue_final_message}, as vLLM has them, and
     * {@code prefix} of the last message, as DeepSeek and Mistral have it.
     */
    public static AnswerOpening read(Fields fields, List<Map<String, Object>> messages) {
        boolean prefixed = isPrefix(messages);
        boolean continues = fields.flag(CONTINUE, prefixed);
        if (prefixed && !continues) {
            throw ApiException.invalid(
                    CONTINUE,
                    "'%s' is false, but the last message has 'prefix': true. Leave out one of them."
                            .formatted(CONTINUE));
        }
        boolean generates = fields.flag("add_generation_prompt", !continues);
        if (continues && generates) {
            throw ApiException.invalid(
                    CONTINUE,
                    "Cannot set both '%s' and 'add_generation_prompt' to true: the answer either continues the last message or begins a new one."
                            .formatted(prefixed ? PREFIX : CONTINUE));
        }
        return new AnswerOpening(generates, continues);
    }

    private static boolean isPrefix(List<Map<String, Object>> messages) {
        int last = messages.size() - 1;
        for (int i = 0; i <= last; i++) {
            var message = messages.get(i);
            var prefix = message.get(PREFIX);
            var path = "messages[" + i + "]." + PREFIX;
            if (prefix == null || Boolean.FALSE.equals(prefix)) {
                continue;
            }
            if (!Boolean.TRUE.equals(prefix)) {
                throw ApiException.invalid(path, "'%s' must be true or false.".formatted(path));
            }
            if (i < last || !"assistant".equals(message.get("role"))) {
                throw ApiException.invalid(
                        path,
                        "'%s' is true, but only the last message, with the role 'assistant', can be continued."
                                .formatted(path));
            }
            return true;
        }
        return false;
    }

    /** Returns the role of the answer's message. */
    String role(List<Map<String, Object>> messages) {
        return addGenerationPrompt ? "assistant" : String.valueOf(messages.getLast().get("role"));
    }
}
