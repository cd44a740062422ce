package org.dlora.api.openai.chat;

import java.util.Optional;
import org.dlora.api.openai.tools.ToolFormat;

/** Setting of the parser of tool calls; names are those of vLLM's parsers. */
public enum ToolParserSetting {
    /** The one that the chat template asks for. */
    AUTO,
    HERMES,
    LLAMA3_JSON,
    PYTHONIC,
    MISTRAL,
    QWEN3_CODER,
    /** None. */
    NONE;

    /** Returns the format for a model with {@code template}. */
    Optional<ToolFormat> format(String template) {
        return switch (this) {
            case AUTO -> ToolFormat.inTemplate(template);
            case NONE -> Optional.empty();
            case HERMES, LLAMA3_JSON, PYTHONIC, MISTRAL, QWEN3_CODER ->
                    Optional.of(ToolFormat.valueOf(name()));
        };
    }
}
