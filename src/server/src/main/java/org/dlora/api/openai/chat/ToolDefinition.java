package org.dlora.api.openai.chat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.dlora.api.web.Json;
import org.jspecify.annotations.Nullable;
import org.springframework.util.StringUtils;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A function that a chat's model may call.
 *
 * @param parameters JSON Schema of its arguments, an object; null if the client gives none
 * @param template the definition as chat templates read it: {@code type} and {@code function} with
 *     name, description and parameters in this order, as transformers and vLLM give it
 */
record ToolDefinition(String name, @Nullable ObjectNode parameters, Map<String, Object> template) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    static ToolDefinition read(String path, JsonNode node) {
        var fields = Fields.at(path, node);
        var type =
                Fields.text(
                        path + ".type",
                        fields.required("type", "'function', the kind of the tool"));
        if (!type.equals("function")) {
            throw ApiException.unsupported(
                    path + ".type",
                    "tools are functions, of the type 'function', not '"
                            + StringUtils.truncate(type)
                            + "'");
        }
        var function =
                function(
                        path + ".function",
                        fields.required("function", "an object with the function's name"));
        fields.end();
        return function;
    }

    private static ToolDefinition function(String path, JsonNode node) {
        var fields = Fields.at(path, node);
        var name = name(path, fields);
        var definition = new LinkedHashMap<String, Object>();
        definition.put("name", name);
        fields.text("description").ifPresent(text -> definition.put("description", text));
        var parameters = fields.object("parameters").orElse(null);
        if (parameters != null) {
            checkType(path + ".parameters", parameters);
            definition.put("parameters", Json.values(parameters));
        }
        if (fields.has("strict")) {
            definition.put("strict", fields.flag("strict", false));
        }
        fields.end();
        var template = new LinkedHashMap<String, Object>();
        template.put("type", "function");
        template.put("function", definition);
        return new ToolDefinition(name, parameters, template);
    }

    static String name(String path, Fields fields) {
        var name = Fields.text(path + ".name", fields.required("name", "the name of the function"));
        if (!NAME.matcher(name).matches()) {
            throw ApiException.invalid(
                    path + ".name",
                    "'%s' must be 1 to 64 letters, digits, '_' and '-', but is '%s'."
                            .formatted(path + ".name", StringUtils.truncate(name)));
        }
        return name;
    }

    /** Arguments are an object, so their schema must not say otherwise. */
    private static void checkType(String path, ObjectNode schema) {
        var type = schema.path("type");
        if (!type.isMissingNode() && !type.isNull() && !"object".equals(type.asString(""))) {
            throw ApiException.invalid(
                    path,
                    "'%s' must be a JSON Schema of an object, \"type\": \"object\", but its type is %s."
                            .formatted(path, Fields.show(type)));
        }
    }
}
