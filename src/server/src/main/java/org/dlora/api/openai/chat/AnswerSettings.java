package org.dlora.api.openai.chat;

import java.util.Optional;
import org.dlora.api.openai.tools.ToolFormat;
import org.dlora.model.ChatFormat;
import org.jspecify.annotations.Nullable;

/** Settings of the parsers of tool calls and reasoning. */
public record AnswerSettings(ToolParserSetting toolParser, ReasoningParserSetting reasoningParser) {
    /** Both as the chat template says. */
    public static final AnswerSettings AUTO =
            new AnswerSettings(ToolParserSetting.AUTO, ReasoningParserSetting.AUTO);

    /** Returns the format of tool calls of a model; empty if it has none that is known. */
    Optional<ToolFormat> tools(Optional<ChatFormat> chat) {
        return chat.flatMap(format -> toolParser.format(format.template()));
    }

    /** Returns whether answers of a model may have reasoning. */
    boolean thinks(Optional<ChatFormat> chat) {
        return chat.filter(format -> reasoningParser.applies(format.template())).isPresent();
    }

    /** Returns the name of the tool parser in {@code /v1/models}; null for none. */
    @Nullable
    public String toolLabel(Optional<ChatFormat> chat) {
        return tools(chat).map(ToolFormat::label).orElse(null);
    }

    /** Returns the name of the reasoning parser in {@code /v1/models}; null for none. */
    @Nullable
    public String reasoningLabel(Optional<ChatFormat> chat) {
        return thinks(chat) ? "think" : null;
    }
}
