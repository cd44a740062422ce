package org.dlora.api.openai;

import org.dlora.api.openai.tools.Thinking;

/** Whether reasoning is parted from the content of answers. */
public enum ReasoningParserSetting {
    /** Where the chat template has {@code <think>}. */
    AUTO,
    /** Reasoning is between {@code <think>} and {@code </think>}. */
    THINK,
    /** It is not. */
    NONE;

    boolean applies(String template) {
        return switch (this) {
            case AUTO -> Thinking.isInTemplate(template);
            case THINK -> true;
            case NONE -> false;
        };
    }
}
