package org.dlora.constraint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Random;
import org.dlora.constraint.grammar.ConstraintException;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

/**
 * The smallest cases of schemas of public collections that once were refused: each is served, with
 * a document that is accepted and one that is not, or refused with a reason that the documentation
 * has.
 */
class ServedSchemaTest {
    private static final ConstraintCompiler COMPILER =
            TestVocabulary.random(new Random(2)).compiler();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"type": "string", "enum": ["a", "b"], "enumNames": ["A", "B"]}              | "b"              | "A"
                    {"enum": ["a"], "readonly": true}                                            | "a"              | true
                    {"const": 3, "propertyOrder": 7}                                             | 3                | 7
                    {"type": "string", "enum": ["a", "abc"], "minLength": 2}                     | "abc"            | "a"
                    {"type": "string", "enum": ["a", "abc"], "maxLength": 2}                     | "a"              | "abc"
                    {"enum": ["a1", "b"], "pattern": "[0-9]"}                                    | "a1"             | "b"
                    {"enum": [1, 5, 9], "minimum": 5, "exclusiveMaximum": 9}                     | 5                | 9
                    {"enum": [4, 6, "x"], "multipleOf": 4}                                       | "x"              | 6
                    {"enum": ["2024-01-01", "x"], "format": "date"}                              | "2024-01-01"     | "x"
                    {"enum": [[1], "x"], "minLength": 1}                                         | [1]              | [2]
                    {"patternProperties": {"^a": {"type": "integer"}, "^b": {"type": "null"}}, "additionalProperties": false} | {"a1":1,"b":null} | {"a":null}
                    {"patternProperties": {"^a": {"type": "integer"}, "z$": {"minimum": 5}}, "additionalProperties": false}   | {"az":5,"a":1}    | {"az":4}
                    {"properties": {"x": {"type": "integer"}}, "patternProperties": {"^y": {"type": "null"}}}                 | {"x":1,"y1":null} | {"y1":1}
                    {"properties": {"xa": {"type": "integer"}}, "patternProperties": {"^x": {"minimum": 3}}}                  | {"xa":3}          | {"xa":2}
                    {"patternProperties": {"^x-": {}}, "additionalProperties": {"type": "boolean"}}                           | {"x-a":1,"b":true} | {"b":1}
                    {"patternProperties": {"^x-": false}, "additionalProperties": true}                                       | {"y":1}           | {"x-":1}
                    {"patternProperties": {"^a": {"type": "integer"}}, "required": ["ab"]}                                    | {"ab":1}          | {"ab":"1"}
                    {"properties": {"a": {"type": "null"}}, "required": ["b"]}                   | {"a":null,"b":1} | {"a":null}
                    {"properties": {"a": {}, "b": {}}, "dependencies": {"a": ["b"]}}             | {"a":1,"b":1}    | {"a":1}
                    {"properties": {"a": {}, "b": {}}, "dependentRequired": {"b": ["a"]}}        | {"a":1}          | {"b":1}
                    {"properties": {"a": {}, "b": {}}, "dependencies": {"a": ["b"], "b": ["a"]}} | {}               | {"b":1}
                    {"properties": {"a": {}, "b": {}}, "required": ["a"], "dependentRequired": {"a": ["b"]}} | {"a":1,"b":1} | {"a":1}
                    {"properties": {"a": {}, "b": {}}, "dependentRequired": {"a": ["c"]}, "additionalProperties": false} | {"b":1} | {"a":1}
                    {"dependentRequired": {"a": ["b"]}}                                          | {"b":1,"c":2}    | {"a":1}
                    {"oneOf": [{"type": "string", "maxLength": 2}, {"type": "string", "minLength": 3}]} | "abc"     | 1
                    {"oneOf": [{"type": "integer", "maximum": 0}, {"type": "integer", "exclusiveMinimum": 0}]} | 7  | 0.5
                    {"oneOf": [{"type": "string", "pattern": "^a"}, {"type": "string", "pattern": "^b"}]} | "b1"    | "c"
                    {"oneOf": [{"type": "string", "format": "ipv4"}, {"type": "string", "format": "ipv6"}]} | "::1" | "x"
                    {"oneOf": [{"enum": ["a", 1]}, {"type": "integer", "minimum": 2}]}            | 2                | 0
                    {"oneOf": [{"type": "object", "properties": {"k": {"const": 1}}, "required": ["k"]}, {"type": "object", "properties": {"k": {"const": 2}}}]} | {"k":2} | {"k":3}
                    {"oneOf": [{"type": "object", "properties": {"k": {}}, "required": ["k"]}, {"type": "object", "properties": {"k": false}}]} | {"k":1} | {"k":1,"l":2}
                    {"oneOf": [{"type": "null"}, {"anyOf": [{"type": "string"}, {"type": "integer"}]}]} | null      | true
                    {"oneOf": [{"type": "array", "maxItems": 1}, {"type": "array", "minItems": 2}]} | [1,2]         | {}
                    {"propertyNames": {"type": "integer"}}                                       | {}               | {"1":2}
                    {"propertyNames": {"enum": ["a", 1]}, "additionalProperties": {"type": "integer"}} | {"a":2}    | {1:2}
                    {"propertyNames": {"anyOf": [{"type": "integer"}, {"pattern": "^a"}]}}       | {"ab":1}         | {1:2}
                    {"propertyNames": {"$ref": "#/$defs/n"}, "$defs": {"n": {"minimum": 3, "maxLength": 1}}} | {"a":1} | {"ab":1}
                    {"type": "integer", "anyOf": [{"type": "string"}, {"minimum": 3}]}           | 3                | "a"
                    """)
    void isServed(String schema, String accepted, String rejected) {
        var node = new JsonMapper().readTree(schema);
        assertThat(SchemaOracle.problems(node, accepted)).isEmpty();
        var constraint = COMPILER.compile(new ConstraintDefinition.JsonSchema(schema));
        assertThat(accepts(constraint, accepted)).as(accepted).isTrue();
        assertThat(accepts(constraint, rejected)).as(rejected).isFalse();
    }

    private static boolean accepts(Constraint constraint, String text) {
        var state = constraint.accept(constraint.start(), text.getBytes(UTF_8));
        return state != null && state.isComplete();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    {"enum": [[1], [1, 2]], "minItems": 2}                | has further keywords        | `enum` of arrays or objects
                    {"dependencies": {"a": {"required": ["b"]}}}          | only lists of names         | `dependencies` on schemas
                    {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]} | may satisfy                 | if no value can satisfy two
                    {"properties": {"a": {}}, "propertyNames": {"maxLength": 3}} | beside no properties | `propertyNames` beside
                    {"not": {"type": "null"}}                             | token by token              | `not`
                    {"type": "array", "uniqueItems": true}                | only false is               | `uniqueItems`
                    """)
    void isRefusedWithADocumentedReason(String schema, String reason, String documented)
            throws IOException {
        assertThatExceptionOfType(ConstraintException.class)
                .isThrownBy(() -> COMPILER.compile(new ConstraintDefinition.JsonSchema(schema)))
                .withMessageContaining(reason);
        assertThat(Files.readString(TestFiles.root("docs/constraints.md"))).contains(documented);
    }
}
