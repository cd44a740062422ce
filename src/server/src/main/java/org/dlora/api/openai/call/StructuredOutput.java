package org.dlora.api.openai.call;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.dlora.constraint.ConstraintDefinition;
import org.dlora.constraint.grammar.ConstraintException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reader of what the answer must be: OpenAI's {@code response_format} and vLLM's {@code
 * structured_outputs}. The constraint is compiled here, so that one that cannot be enforced is
 * refused before the call is queued.
 */
final class StructuredOutput {
    private static final JsonMapper JSON = new JsonMapper();

    /**
     * A constraint and where it was given.
     *
     * @param path parameter, such as {@code response_format.json_schema.schema}
     */
    private record Given(String path, ConstraintDefinition definition) {}

    private StructuredOutput() {}

    /**
     * Returns the constraint of a call; null if it has none. Blocks while it is compiled.
     *
     * @throws ApiException with status 400 if it is malformed or cannot be enforced
     */
    static @Nullable ConstraintDefinition read(
            Fields fields, SelectedModel selected, boolean ignoreEos) {
        var format =
                fields.any("response_format")
                        .flatMap(node -> format(Fields.at("response_format", node)));
        var outputs =
                fields.any("structured_outputs")
                        .map(node -> outputs(Fields.at("structured_outputs", node)));
        if (format.isPresent() && outputs.isPresent()) {
            throw ApiException.invalid(
                    "structured_outputs",
                    "'response_format' and 'structured_outputs' both say what the answer must be. Give one of them.");
        }
        var given = format.or(() -> outputs).orElse(null);
        if (given == null) {
            return null;
        }
        if (ignoreEos) {
            throw ApiException.invalid(
                    "ignore_eos",
                    "'ignore_eos' must be false beside '"
                            + given.path()
                            + "', which says where the answer ends.");
        }
        check(given, selected);
        return given.definition();
    }

    private static void check(Given given, SelectedModel selected) {
        try {
            CallCompilation.compile(selected, given.definition());
        } catch (ConstraintException e) {
            var param = e.at().isEmpty() ? given.path() : given.path() + "." + e.at();
            throw ApiException.invalid(
                    param.endsWith(".") ? param.substring(0, param.length() - 1) : param,
                    String.valueOf(e.getMessage()));
        }
    }

    private static Optional<Given> format(Fields format) {
        var type = Fields.text("response_format.type", format.required("type", "a type"));
        Optional<Given> given =
                switch (type) {
                    case "text" -> Optional.empty();
                    case "json_object" ->
                            Optional.of(
                                    new Given(
                                            "response_format",
                                            new ConstraintDefinition.JsonObject()));
                    case "json_schema" ->
                            Optional.of(
                                    schema(
                                            Fields.at(
                                                    "response_format.json_schema",
                                                    format.required(
                                                            "json_schema",
                                                            "an object with 'name' and 'schema'"))));
                    default ->
                            throw ApiException.unsupported(
                                    "response_format",
                                    "its type may be 'text', 'json_object' or 'json_schema', not '"
                                            + type
                                            + "'");
                };
        format.end();
        return given;
    }

    private static Given schema(Fields format) {
        var path = "response_format.json_schema";
        Fields.text(path + ".name", format.required("name", "a name of the schema"));
        format.text("description");
        format.flag("strict", false); // A schema is enforced in either case.
        var schema = format.any("schema");
        format.end();
        return schema.map(
                        node -> new Given(path + ".schema", ConstraintDefinition.jsonSchema(node)))
                .orElseGet(() -> new Given(path, new ConstraintDefinition.JsonObject()));
    }

    private static Given outputs(Fields outputs) {
        outputs.unsupported("structural_tag", "give 'json' or 'regex'", StructuredOutput::never);
        outputs.unsupported(
                "whitespace_pattern",
                "between tokens of JSON there is at most one space or line feed",
                StructuredOutput::never);
        outputs.unsupported("disable_any_whitespace", "only false is", StructuredOutput::no);
        outputs.unsupported(
                "disable_additional_properties",
                "give 'additionalProperties' in the schema",
                StructuredOutput::no);
        var given = new ArrayList<Given>();
        outputs.any("json").ifPresent(node -> given.add(of("json", schema(node))));
        outputs.text("regex")
                .ifPresent(regex -> given.add(of("regex", new ConstraintDefinition.Regex(regex))));
        outputs.text("grammar")
                .ifPresent(grammar ->
                        given.add(of("grammar", new ConstraintDefinition.Grammar(grammar))));
        outputs.array("choice")
                .ifPresent(array -> {
                    var choices = new ArrayList<String>();
                    for (int i = 0; i < array.size(); i++) {
                        choices.add(
                                Fields.text("structured_outputs.choice[" + i + "]", array.get(i)));
                    }
                    given.add(of("choice", new ConstraintDefinition.Choice(choices)));
                });
        if (outputs.flag("json_object", false)) {
            given.add(of("json_object", new ConstraintDefinition.JsonObject()));
        }
        outputs.end();
        return only(given);
    }

    private static Given only(List<Given> given) {
        if (given.size() != 1) {
            throw ApiException.invalid(
                    "structured_outputs",
                    "'structured_outputs' must have exactly one of 'json', 'regex', 'choice', 'grammar' and 'json_object', but has "
                            + given.size()
                            + ".");
        }
        return given.getFirst();
    }

    private static Given of(String name, ConstraintDefinition definition) {
        return new Given("structured_outputs." + name, definition);
    }

    /** vLLM takes a schema as an object or as its text. */
    private static ConstraintDefinition schema(JsonNode node) {
        return node.isString()
                ? new ConstraintDefinition.JsonSchema(node.stringValue())
                : new ConstraintDefinition.JsonSchema(JSON.writeValueAsString(node));
    }

    private static boolean never(JsonNode node) {
        return false;
    }

    private static boolean no(JsonNode node) {
        return node.isBoolean() && !node.booleanValue();
    }
}
