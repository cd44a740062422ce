package org.dlora.api.openai.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import org.dlora.api.openai.DemoServedTest;
import org.dlora.api.openai.completion.CompletionRequest;
import org.dlora.api.web.ApiException;
import org.dlora.constraint.ConstraintDefinition;
import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Constraints as calls give them: what each means, and what is refused. */
class StructuredOutputTest extends DemoServedTest {
    private static final JsonMapper JSON = new JsonMapper();

    @Test
    void bothSpellingsOfASchemaMeanTheSame() {
        var schema = new ConstraintDefinition.JsonSchema("{\"type\":\"integer\"}");
        assertThat(
                        read(
                                "\"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"name\": \"n\", \"strict\": true, \"description\": null, \"schema\": {\"type\": \"integer\"}}}"))
                .isEqualTo(schema);
        assertThat(read("\"structured_outputs\": {\"json\": {\"type\": \"integer\"}}"))
                .isEqualTo(schema);
        assertThat(read("\"structured_outputs\": {\"json\": \"{\\\"type\\\":\\\"integer\\\"}\"}"))
                .isEqualTo(schema);
    }

    @Test
    void otherKindsAreRead() {
        var object = new ConstraintDefinition.JsonObject();
        assertThat(read("\"response_format\": {\"type\": \"json_object\"}")).isEqualTo(object);
        assertThat(read("\"structured_outputs\": {\"json_object\": true}")).isEqualTo(object);
        assertThat(read("\"structured_outputs\": {\"regex\": \"a+\"}"))
                .isEqualTo(new ConstraintDefinition.Regex("a+"));
        assertThat(read("\"structured_outputs\": {\"grammar\": \"root ::= [ab]\"}"))
                .isEqualTo(new ConstraintDefinition.Grammar("root ::= [ab]"));
        assertThat(
                        read(
                                "\"structured_outputs\": {\"choice\": [\"a\", \"b\"], \"disable_any_whitespace\": false}"))
                .isEqualTo(new ConstraintDefinition.Choice(List.of("a", "b")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"n\": 1",
                "\"response_format\": null",
                "\"structured_outputs\": null",
                "\"response_format\": {\"type\": \"text\"}"
            })
    void aCallWithoutAFormatIsUnconstrained(String options) {
        assertThat(read(options)).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    "response_format": {"type": "x"} | response_format | its type may be 'text', 'json_object' or 'json_schema'
                    "response_format": {"type": "json_schema"} | response_format.json_schema | an object with 'name' and 'schema'
                    "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {"not": {}}}} | response_format.json_schema.schema.not | 'not' is not supported in a schema
                    "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object", "properties": {"x": {"uniqueItems": true}}}}} | response_format.json_schema.schema.properties.x.uniqueItems | only false is
                    "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {"$ref": "#"}}} | response_format.json_schema.schema | No text can satisfy the constraint
                    "structured_outputs": {} | structured_outputs | exactly one of
                    "structured_outputs": {"regex": "a", "json": {}} | structured_outputs | exactly one of
                    "structured_outputs": {"regex": "(a"} | structured_outputs.regex | a group is not closed
                    "structured_outputs": {"regex": "(?=a)b"} | structured_outputs.regex | has lookaround, which is not supported
                    "structured_outputs": {"regex": "((a{1,900}){1,900}){1,900}"} | structured_outputs.regex | too large
                    "structured_outputs": {"choice": []} | structured_outputs.choice | 1 to 10000 choices
                    "structured_outputs": {"grammar": "root ::= x"} | structured_outputs.grammar | uses the rule 'x' without a definition
                    "structured_outputs": {"grammar": "start: x"} | structured_outputs.grammar | uses 'x' without a definition
                    "structured_outputs": {"grammar": "root ::= [a]", "regex": "x"} | structured_outputs | exactly one of
                    "structured_outputs": {"structural_tag": "{}"} | structured_outputs.structural_tag | not supported: give 'json' or 'regex'
                    "guided_json": {} | guided_json | use 'structured_outputs'
                    "response_format": {"type": "json_object"}, "structured_outputs": {"regex": "a"} | structured_outputs | both say what the answer must be
                    "response_format": {"type": "json_object"}, "ignore_eos": true | ignore_eos | must be false
                    """)
    void unenforceableKeywordsAreRefusedByName(String options, String param, String message) {
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() -> read(options))
                .withMessageContaining(message)
                .satisfies(e -> assertThat(e.parameter()).contains(param));
    }

    private static @Nullable ConstraintDefinition read(String options) {
        var body =
                (ObjectNode)
                        JSON.readTree("{\"model\": \"demo\", \"prompt\": \"x\", " + options + "}");
        return CompletionRequest.read(body, served, Access.OPEN).options().constraint();
    }
}
