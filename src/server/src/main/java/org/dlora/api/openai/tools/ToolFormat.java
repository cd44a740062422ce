package org.dlora.api.openai.tools;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Format in which a family of models writes tool calls. Names are those of vLLM's parsers. */
public enum ToolFormat {
    /** {@code <tool_call>{"name": …, "arguments": …}</tool_call>}. */
    HERMES,
    /** {@code {"name": …, "parameters": …}}. */
    LLAMA3_JSON,
    /** {@code [f(a=1), g(b="x")]}. */
    PYTHONIC,
    /** {@code [TOOL_CALLS][{"name": …, "arguments": …}]}, or {@code [TOOL_CALLS]f{…}}. */
    MISTRAL,
    /** {@code <tool_call><function=f><parameter=a>…</parameter></function></tool_call>}. */
    QWEN3_CODER;

    /** Returns the name in settings and in {@code /v1/models}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns the format of a label. */
    public static Optional<ToolFormat> of(String label) {
        return Arrays.stream(values()).filter(one -> one.label().equals(label)).findFirst();
    }

    /**
     * Returns the format that a chat template asks the model for.
     *
     * @return empty if the template knows no tools and no calls, or a format that is not known here
     */
    public static Optional<ToolFormat> inTemplate(String template) {
        if (!template.contains("tools") && !template.contains("tool_calls")) {
            return Optional.empty();
        }
        if (template.contains("[TOOL_CALLS]")) {
            return Optional.of(MISTRAL);
        }
        if (template.contains("<function=") && template.contains("<parameter=")) {
            return Optional.of(QWEN3_CODER);
        }
        if (template.contains("<tool_call>")) {
            return Optional.of(HERMES);
        }
        if (template.contains("func_name1(")) {
            return Optional.of(PYTHONIC);
        }
        return template.contains("\"name\": function name, \"parameters\"")
                        || template.contains("<|python_tag|>")
                ? Optional.of(LLAMA3_JSON)
                : Optional.empty();
    }

    /** Returns the tags that a model writes as one token, which may be a special one. */
    public List<String> tags() {
        return switch (this) {
            case HERMES, QWEN3_CODER -> List.of("<tool_call>", "</tool_call>");
            case LLAMA3_JSON -> List.of("<|python_tag|>");
            case PYTHONIC -> List.of("<|python_start|>", "<|python_end|>");
            case MISTRAL -> List.of("[TOOL_CALLS]", "[ARGS]", "[CALL_ID]");
        };
    }
}
