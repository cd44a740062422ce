package org.dlora.api.openai.tools;

/**
 * Incremental reader of tool calls in the text of an answer. What is no call, or none that is well
 * formed, is content. How the text is cut does not change what comes of it.
 */
sealed interface ToolCallParser
        permits HermesParser,
                LlamaJsonParser,
                MistralParser,
                NamedCallParser,
                PythonicParser,
                QwenCoderParser,
                RequiredCallsParser {

    /** Takes the next character. */
    void add(char c, PartSink sink);

    /** Ends the answer: what was held back is content, unless it is a call. */
    void end(PartSink sink);
}
