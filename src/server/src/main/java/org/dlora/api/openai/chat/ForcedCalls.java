package org.dlora.api.openai.chat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dlora.api.openai.call.CallCompilation;
import org.dlora.api.openai.call.SelectedModel;
import org.dlora.api.openai.tools.CallMode;
import org.dlora.api.openai.tools.ToolFormat;
import org.dlora.api.web.ApiException;
import org.dlora.constraint.ConstraintCompiler;
import org.dlora.constraint.ConstraintDefinition;
import org.dlora.constraint.grammar.ConstraintException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Answers that have to be tool calls.
 *
 * @param mode how they are read
 * @param constraint that they are held to
 */
record ForcedCalls(CallMode mode, ConstraintDefinition constraint) {

    /**
     * Returns answers of one or more calls: in the format of the model if that can be constrained,
     * or else as vLLM's array of {@code {"name": …, "parameters": …}}, which any model can write.
     *
     * @param format of the model; empty if it has none
     */
    static ForcedCalls required(
            List<ToolDefinition> tools, boolean isParallel, Optional<ToolFormat> format) {
        Integer most = isParallel ? null : 1;
        return switch (format.orElse(null)) {
            case HERMES ->
                    new ForcedCalls(
                            new CallMode.Auto(ToolFormat.HERMES, Map.of()),
                            calls(
                                    tools,
                                    "<tool_call>\n{\"name\": \"%s\", \"arguments\": ",
                                    "}\n</tool_call>",
                                    "\n",
                                    most));
            case LLAMA3_JSON ->
                    new ForcedCalls(
                            new CallMode.Auto(ToolFormat.LLAMA3_JSON, Map.of()),
                            calls(tools, "{\"name\": \"%s\", \"parameters\": ", "}", "; ", most));
            case PYTHONIC, MISTRAL, QWEN3_CODER -> array(tools, most);
            case null -> array(tools, most);
        };
    }

    private static ForcedCalls array(List<ToolDefinition> tools, @Nullable Integer most) {
        var calls = calls(tools, "{\"name\": \"%s\", \"parameters\": ", "}", ", ", most);
        return new ForcedCalls(
                new CallMode.Required(),
                new ConstraintDefinition.Sequence(
                        List.of(
                                new ConstraintDefinition.Text("["),
                                calls,
                                new ConstraintDefinition.Text("]"))));
    }

    private static ConstraintDefinition calls(
            List<ToolDefinition> tools,
            String before,
            String after,
            String separator,
            @Nullable Integer most) {
        var alternatives =
                tools.stream()
                        .<ConstraintDefinition>map(tool ->
                                new ConstraintDefinition.Sequence(
                                        List.of(
                                                new ConstraintDefinition.Text(
                                                        before.formatted(tool.name())),
                                                arguments(tool),
                                                new ConstraintDefinition.Text(after))))
                        .toList();
        return new ConstraintDefinition.Repeated(
                new ConstraintDefinition.AnyOf(alternatives), 1, most, separator);
    }

    /** Returns answers that are the arguments of one function. */
    static ForcedCalls named(ToolDefinition tool) {
        return new ForcedCalls(new CallMode.Named(tool.name()), arguments(tool));
    }

    /**
     * Checks that the constraint can be enforced. Blocks while it is compiled.
     *
     * @throws ApiException with status 400 if it cannot
     */
    void check(List<ToolDefinition> tools, SelectedModel selected, boolean ignoreEos) {
        if (ignoreEos) {
            throw ApiException.invalid(
                    "ignore_eos",
                    "'ignore_eos' must be false beside a 'tool_choice' that says what the answer must be.");
        }
        var compiler = selected.served().models().base().constraints();
        try {
            CallCompilation.compile(selected, constraint);
        } catch (ConstraintException e) {
            throw refusal(compiler, tools, e);
        }
    }

    /** Returns the refusal of the function whose parameters cannot be enforced, if it is one. */
    private static ApiException refusal(
            ConstraintCompiler compiler, List<ToolDefinition> tools, ConstraintException whole) {
        for (int i = 0; i < tools.size(); i++) {
            try {
                compiler.compile(arguments(tools.get(i)));
            } catch (ConstraintException e) {
                var at = e.at().isEmpty() ? "" : "." + e.at();
                return ApiException.invalid(
                        "tools[" + i + "].function.parameters" + at,
                        String.valueOf(e.getMessage()));
            }
        }
        return ApiException.invalid("tools", String.valueOf(whole.getMessage()));
    }

    /** Returns the constraint of a function's arguments: an object, by the function's schema. */
    private static ConstraintDefinition arguments(ToolDefinition tool) {
        var given = tool.parameters();
        return ConstraintDefinition.jsonSchema(
                given == null || given.isEmpty() ? none() : object(given));
    }

    private static ObjectNode none() {
        var schema = JsonNodeFactory.instance.objectNode().put("type", "object");
        schema.putObject("properties");
        return schema.put("additionalProperties", false);
    }

    private static ObjectNode object(ObjectNode schema) {
        return schema.hasNonNull("type") ? schema : schema.deepCopy().put("type", "object");
    }
}
