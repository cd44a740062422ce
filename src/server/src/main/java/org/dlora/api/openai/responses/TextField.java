package org.dlora.api.openai.responses;

import java.util.List;
import java.util.Map;
import org.dlora.api.openai.chat.TemplateVariables;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reader of {@code text}: format and verbosity of the answer, which a chat has as other members.
 */
final class TextField {
    private static final Map<String, String> PLAIN = Map.of("type", "text");
    private static final String DEFAULT_VERBOSITY = "medium";
    private static final List<String> OF_SCHEMA =
            List.of("name", "description", "schema", "strict");

    private TextField() {}

    /** Adds the format to a chat, and returns it as the call has it, with defaults. */
    static ResponseBody.TextConfig read(Fields fields, ObjectNode chat) {
        var given = fields.object("text").orElse(null);
        if (given == null) {
            return new ResponseBody.TextConfig(PLAIN, DEFAULT_VERBOSITY);
        }
        var text = Fields.at("text", given);
        var verbosity = text.word("verbosity", TemplateVariables.VERBOSITIES);
        verbosity.ifPresent(value -> chat.put("verbosity", value));
        var format = text.object("format").orElse(null);
        text.end();
        if (format != null) {
            chat.set("response_format", chatFormat(format));
        }
        return new ResponseBody.TextConfig(
                format == null ? PLAIN : format, verbosity.orElse(DEFAULT_VERBOSITY));
    }

    private static ObjectNode chatFormat(ObjectNode format) {
        var fields = Fields.at("text.format", format);
        var type =
                Fields.text(
                        "text.format.type",
                        fields.required("type", "'text', 'json_object' or 'json_schema'"));
        var chat = format.objectNode().put("type", type);
        switch (type) {
            case "text", "json_object" -> {}
            case "json_schema" -> {
                var schema = chat.putObject("json_schema");
                for (var name : OF_SCHEMA) {
                    fields.any(name).ifPresent(value -> schema.set(name, value));
                }
            }
            default ->
                    throw ApiException.unsupported(
                            "text.format.type",
                            "formats are 'text', 'json_object' and 'json_schema', not '"
                                    + type
                                    + "'");
        }
        fields.end();
        return chat;
    }
}
