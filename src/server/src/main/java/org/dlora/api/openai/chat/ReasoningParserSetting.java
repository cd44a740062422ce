package org.dlora.api.openai.chat;

import org.dlora.api.openai.tools.Thinking;

/** Setting of the parser of reasoning. */
public enum ReasoningParserSetting {
    /** Where the chat template has {@code <think>}. */
    AUTO,
    /** Reasoning is between {@code <think>} and {@code </think>}. */
    THINK,
    /** Reasoning is not parted from the content. */
    NONE;

    boolean applies(String template) {
        return switch (this) {
            case AUTO -> Thinking.isInTemplate(template);
            case THINK -> true;
            case NONE -> false;
        };
    }
}
