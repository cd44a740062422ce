package org.dlora.api.openai.chat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dlora.api.openai.call.SelectedModel;
import org.dlora.api.openai.tools.AnswerFormat;
import org.dlora.api.openai.tools.CallMode;
import org.dlora.api.openai.tools.Thinking;
import org.dlora.api.openai.tools.ToolFormat;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import tools.jackson.databind.JsonNode;

/**
 * The functions of a chat, and how its model may call them.
 *
 * @param isParallel whether an answer may have several calls
 */
public record ToolOptions(List<ToolDefinition> tools, ToolChoice choice, boolean isParallel) {

    static ToolOptions read(Fields fields) {
        var tools = tools(fields);
        return new ToolOptions(
                tools, ToolChoice.read(fields, tools), fields.flag("parallel_tool_calls", true));
    }

    /** Reads {@code tools}; an empty array is as none. */
    public static List<ToolDefinition> tools(Fields fields) {
        var array = fields.array("tools").orElse(null);
        if (array == null) {
            return List.of();
        }
        var tools = new ArrayList<ToolDefinition>();
        var names = new HashSet<String>();
        for (int i = 0; i < array.size(); i++) {
            var tool = ToolDefinition.read("tools[" + i + "]", array.get(i));
            if (!names.add(tool.name())) {
                var param = "tools[" + i + "].function.name";
                throw ApiException.invalid(
                        param,
                        "'%s' is '%s', which another tool is called: give each another name."
                                .formatted(param, tool.name()));
            }
            tools.add(tool);
        }
        return tools;
    }

    /** Returns variables of a chat template with {@code tools}, if there are some. */
    public static Map<String, Object> variables(
            Map<String, Object> others, List<ToolDefinition> tools) {
        if (tools.isEmpty()) {
            return others;
        }
        var all = new HashMap<>(others);
        all.put("tools", tools.stream().map(ToolDefinition::template).toList());
        return all;
    }

    /**
     * Returns how the answers to a prompt are read.
     *
     * @param thinking whether the answers may have reasoning
     * @param forced what the answers have to be, if they have to be calls
     * @param hidesReasoning whether reasoning is left out of the answers
     * @param followsResult whether the last message is the result of a call, as in an agent's
     *     second turn; then answers of a model without a known format are text
     * @throws ApiException with status 400 if the model may call functions, but writes calls in no
     *     format that is known
     */
    AnswerFormat format(
            AnswerSettings settings,
            SelectedModel selected,
            Thinking thinking,
            Optional<ForcedCalls> forced,
            boolean hidesReasoning,
            boolean followsResult) {
        var chat = selected.chat();
        var format = settings.tools(chat);
        var calls =
                forced.map(ForcedCalls::mode)
                        .orElseGet(() ->
                                choice instanceof ToolChoice.None
                                                || (followsResult && format.isEmpty())
                                        ? new CallMode.None()
                                        : new CallMode.Auto(
                                                format.orElseThrow(() -> noFormat(selected)),
                                                schemas()));
        return new AnswerFormat(
                thinking,
                calls,
                isParallel,
                format.filter(ToolFormat.MISTRAL::equals).isPresent(),
                hidesReasoning);
    }

    /**
     * Returns what answers have to be if they have to be calls; empty if not.
     *
     * @param format of the model's calls, if it has one whose tags can be constrained
     */
    Optional<ForcedCalls> forced(Optional<ToolFormat> format) {
        return switch (choice) {
            case ToolChoice.None _, ToolChoice.Auto _ -> Optional.empty();
            case ToolChoice.Required _ ->
                    Optional.of(ForcedCalls.required(tools, isParallel, format));
            case ToolChoice.Named(String name) ->
                    tools.stream()
                            .filter(tool -> tool.name().equals(name))
                            .findFirst()
                            .map(ForcedCalls::named);
        };
    }

    private Map<String, JsonNode> schemas() {
        var schemas = new HashMap<String, JsonNode>();
        for (var tool : tools) {
            if (tool.parameters() != null) {
                schemas.put(tool.name(), tool.parameters());
            }
        }
        return schemas;
    }

    private static ApiException noFormat(SelectedModel selected) {
        return ApiException.invalid(
                "tools",
                "The chat template of '%s' asks for no tool calls in a format that is known, so the model cannot choose to call functions. Give 'tool_choice': \"required\" or a function's name, which works with every model, or \"none\"; or have the server set dlora.tool-parser."
                        .formatted(selected.served().name()));
    }
}
