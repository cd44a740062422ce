package org.dlora.api.openai.tools;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Tool calls that an answer may have. */
public sealed interface CallMode {

    /** None: the text is all content. */
    record None() implements CallMode {}

    /**
     * The model decides, and writes calls in its format.
     *
     * @param schemas of the functions' parameters, by name
     */
    record Auto(ToolFormat format, Map<String, JsonNode> schemas) implements CallMode {}

    /** The whole answer is an array of calls. */
    record Required() implements CallMode {}

    /** The whole answer is the arguments of the function {@code name}. */
    record Named(String name) implements CallMode {}

    /** Returns a new parser of one answer; null if there is nothing to parse. */
    default @Nullable ToolCallParser parser() {
        return switch (this) {
            case None _ -> null;
            case Auto auto ->
                    switch (auto.format()) {
                        case HERMES -> new HermesParser();
                        case LLAMA3_JSON -> new LlamaJsonParser();
                        case PYTHONIC -> new PythonicParser();
                        case MISTRAL -> new MistralParser();
                        case QWEN3_CODER -> new QwenCoderParser(auto.schemas());
                    };
            case Required _ -> new RequiredCallsParser();
            case Named named -> new NamedCallParser(named.name());
        };
    }
}
