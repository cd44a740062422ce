package org.dlora.constraint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.dlora.constraint.grammar.ConstraintException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Constraints that ask for too much are refused in words, or work; none hangs. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileConstraintTest {
    private static final ConstraintCompiler COMPILER =
            TestVocabulary.random(new Random(2)).compiler();

    static List<ConstraintDefinition> huge() {
        var all = new ArrayList<ConstraintDefinition>();
        for (var regex :
                List.of(
                        "(a{1,10000}){1,10000}",
                        "((((a{1,99}){1,99}){1,99}){1,99}){1,99}",
                        "((a?){10000}){10000}",
                        "(((()){10000}){10000}){10000}",
                        "(.*){50}(.*){50}(.*){50}x{5000}(.{3000}){20}",
                        "(a|b)*a(a|b){30}",
                        ".*a.{40}",
                        "(".repeat(200) + "a" + ")".repeat(200),
                        "[a-z]{9000}",
                        "(x+x+)+y",
                        "\\u{110000}",
                        "[z-a]",
                        "a{3,2}",
                        "a".repeat(9000))) {
            all.add(new ConstraintDefinition.Regex(regex));
        }
        for (var schema :
                List.of(
                        "[".repeat(5000) + "]".repeat(5000),
                        "{\"items\":".repeat(150) + "{}" + "}".repeat(150),
                        "{\"$ref\":\"#\"}",
                        "{\"anyOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"}]}",
                        "{\"allOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"}]}",
                        "{\"allOf\":[{\"$ref\":\"#\"},{\"minLength\":1}]}",
                        "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#\",\"minProperties\":1},\"b\":{\"$ref\":\"#\",\"minProperties\":1}}}",
                        "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#\"}},\"required\":[\"a\"]}",
                        "{\"type\":\"array\",\"minItems\":1000000000,\"items\":{}}",
                        "{\"type\":\"array\",\"maxItems\":2147483647,\"items\":{\"type\":\"integer\"}}",
                        "{\"type\":\"array\",\"maxItems\":9000,\"items\":{\"type\":\"array\",\"maxItems\":9000}}",
                        "{\"type\":\"string\",\"minLength\":1000000000}",
                        "{\"type\":\"string\",\"pattern\":\"^(a|b)*a(a|b){30}$\"}",
                        "{\"type\":\"string\",\"pattern\":\"a\",\"maxLength\":100000}",
                        "{\"type\":\"number\",\"minimum\":1e400}",
                        "{\"type\":\"number\",\"minimum\":1e300,\"maximum\":1e301}",
                        "{\"type\":\"number\",\"multipleOf\":1e-30}",
                        "{\"type\":\"integer\",\"multipleOf\":0}",
                        "{\"type\":\"integer\",\"multipleOf\":997,\"minimum\":-123456789012}",
                        "{\"enum\":[]}",
                        "{\"enum\":7}",
                        "{\"type\":[]}",
                        "{\"type\":{}}",
                        "{\"properties\":7}",
                        "{\"required\":[1]}",
                        "{\"anyOf\":[]}",
                        "{\"anyOf\":7}",
                        "{\"$ref\":7}",
                        "{\"$ref\":\"#/a/b/c\"}",
                        "{\"$ref\":\"https://example.com/x\"}",
                        "{\"minLength\":-1}",
                        "{\"minLength\":\"x\"}",
                        "{\"minLength\":3,\"maxLength\":2}",
                        "{\"pattern\":3}",
                        "{\"items\":[7]}",
                        "{\"allOf\":[{\"type\":\"string\"},{\"type\":\"integer\"}]}",
                        "{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"string\"}]}",
                        "7",
                        "\"x\"",
                        "null",
                        "{\"type\":\"object\",\"patternProperties\":[1]}",
                        "{\"type\":\"object\",\"patternProperties\":7}",
                        "{\"allOf\":[{\"properties\":[1]},{\"properties\":{\"a\":{}}}]}",
                        "{\"allOf\":[{\"properties\":{\"a\":{}}},{\"properties\":[1]}]}",
                        "{\"allOf\":[{\"properties\":{\"a\":{\"minLength\":\"a\"}}},{\"properties\":{\"a\":{\"minLength\":\"b\"}}}]}",
                        "{\"allOf\":[{\"minLength\":\"a\"},{\"minLength\":\"b\"}]}",
                        "{\"allOf\":[{\"exclusiveMinimum\":true},{\"exclusiveMinimum\":false}]}",
                        "{\"allOf\":[{\"exclusiveMinimum\":true},{\"exclusiveMinimum\":3}]}",
                        "{\"$ref\":\"#/%zz\"}",
                        "{\"$ref\":\"#/%\",\"minLength\":1}",
                        "[]",
                        "{")) {
            all.add(new ConstraintDefinition.JsonSchema(schema));
        }
        all.add(new ConstraintDefinition.JsonSchema(properties(5000)));
        all.add(new ConstraintDefinition.JsonSchema(union(1500)));
        all.add(new ConstraintDefinition.JsonSchema("{\"enum\":[" + numbers(20000) + "]}"));
        all.add(new ConstraintDefinition.JsonSchema(" ".repeat(300_000)));
        all.add(new ConstraintDefinition.Choice(Collections.nCopies(20_000, "x")));
        all.add(new ConstraintDefinition.Choice(List.of("")));
        return all;
    }

    private static String properties(int count) {
        return "{\"type\":\"object\",\"properties\":{"
                + IntStream.range(0, count)
                        .mapToObj(i -> "\"p" + i + "\":{\"type\":\"integer\"}")
                        .collect(Collectors.joining(","))
                + "}}";
    }

    private static String union(int count) {
        return "{\"anyOf\":["
                + IntStream.range(0, count)
                        .mapToObj(i ->
                                "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"},\"b"
                                        + i
                                        + "\":{}}}")
                        .collect(Collectors.joining(","))
                + "]}";
    }

    private static String numbers(int count) {
        return IntStream.range(0, count)
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(","));
    }

    @ParameterizedTest
    @MethodSource("huge")
    void hostileConstraintsAreRefusedInWordsOrWork(ConstraintDefinition definition) {
        Constraint constraint;
        try {
            constraint = COMPILER.compile(definition);
        } catch (ConstraintException e) {
            assertThat(e.getMessage()).isNotBlank().hasSizeLessThan(600);
            return;
        }
        var state = constraint.start();
        for (int i = 0; i < 20 && !state.isEnd(); i++) {
            var mask = constraint.mask(state);
            int token = IntStream.range(0, 4000).filter(mask::allows).findFirst().orElseThrow();
            state = requireNonNull(constraint.accept(state, token));
        }
    }

    /** Each keyword with a value of each kind, alone and in parts that are put together. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "type",
                "nullable",
                "enum",
                "const",
                "properties",
                "required",
                "additionalProperties",
                "minProperties",
                "maxProperties",
                "propertyNames",
                "patternProperties",
                "items",
                "prefixItems",
                "additionalItems",
                "minItems",
                "maxItems",
                "minLength",
                "maxLength",
                "pattern",
                "format",
                "minimum",
                "maximum",
                "exclusiveMinimum",
                "exclusiveMaximum",
                "multipleOf",
                "anyOf",
                "allOf",
                "oneOf",
                "$ref",
                "$defs",
                "definitions",
                "uniqueItems",
                "dependentRequired",
                "dependencies",
                "title"
            })
    void valuesOfAnyKindAreRefusedInWordsOrWork(String keyword) {
        var kinds =
                List.of(
                        "1",
                        "-1.5",
                        "true",
                        "false",
                        "null",
                        "\"a\"",
                        "[]",
                        "[1]",
                        "{}",
                        "{\"a\":1}");
        for (var one : kinds) {
            var part = "{\"%s\":%s}".formatted(keyword, one);
            var schemas = new ArrayList<String>(List.of(part));
            for (var type : List.of("object", "array", "string", "number")) {
                schemas.add("{\"type\":\"%s\",\"%s\":%s}".formatted(type, keyword, one));
            }
            for (var other : kinds) {
                for (var union : List.of("allOf", "oneOf")) {
                    schemas.add("{\"%s\":[%s,{\"%s\":%s}]}".formatted(union, part, keyword, other));
                }
            }
            schemas.forEach(schema ->
                    hostileConstraintsAreRefusedInWordsOrWork(
                            new ConstraintDefinition.JsonSchema(schema)));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"not": {}}                                                  | not                     | 'not' is not supported in a schema
                    {"if": {}, "then": {}}                                       | if                      | 'if' is not supported
                    {"type": "array", "uniqueItems": true}                       | uniqueItems             | only false is
                    {"type": "array", "contains": {}}                            | contains                | 'contains' is not supported
                    {"properties": {"a": {"dependentSchemas": {}}}}              | properties.a.dependentSchemas | not supported
                    {"dependencies": {"a": {"required": ["b"]}}}                 | dependencies            | only lists of names are
                    {"dependentRequired": {"a": [1]}}                            | dependentRequired       | an object of arrays of names
                    {"type": "string", "format": "iri"}                          | format                  | supported are date, date-time
                    {"type": "string", "pattern": "(?=a)"}                       |                         | lookaround
                    {"type": "string", "pattern": "(a)\\\\1"}                    |                         | backreference
                    {"type": "string", "pattern": "\\\\bword"}                   |                         | word boundary
                    {"type": "number", "multipleOf": 0.3}                        | multipleOf              | supported are integers up to 1000
                    {"const": 1e30000000, "multipleOf": 7}                       | const                   | at most 100 digits beside 'multipleOf'
                    {"enum": [1, 1e999999999], "multipleOf": 7}                  | enum                    | at most 100 digits beside 'multipleOf'
                    {"enum": [1e-999999999], "multipleOf": 7}                    | enum                    | at most 100 digits beside 'multipleOf'
                    {"enum": [1], "multipleOf": 1e2147483647}                    | multipleOf              | at most 40 digits
                    {"enum": [1e2147483648], "multipleOf": 7}                    |                         | exponent is too far from 0
                    {"oneOf": [{"const": 1e999999999}, {"multipleOf": 7}]}       | oneOf                   | may satisfy the alternatives 0 and 1
                    {"oneOf": [{"const": 1e30000000}, {"multipleOf": 7}]}        | oneOf                   | may satisfy the alternatives 0 and 1
                    {"type": "integer", "minimum": 5, "maximum": 4}              | minimum                 | No number
                    {"oneOf": [{"type": "object"}, {"type": "object"}]}          | oneOf                   | may satisfy the alternatives 0 and 1
                    {"allOf": [{"prefixItems": [{}]}, {"items": {"type": "null"}}]} | prefixItems           | given twice
                    {"allOf": [{"items": [{}]}, {"items": {"type": "null"}}]}    | items                   | given twice
                    {"allOf": [{"items": [{}]}, {"prefixItems": [{"type": "null"}]}]} | prefixItems        | given twice
                    {"allOf": [{"patternProperties": {"^a": {}}}, {"additionalProperties": false}]} | additionalProperties | patternProperties must leave it out
                    {"properties": {"ab": {}}, "propertyNames": {"maxLength": 1}} | propertyNames          | beside no properties
                    {"allOf": [{"properties": {"ab": {}}}, {"propertyNames": {"maxLength": 1}}]} | propertyNames | beside no properties
                    {"oneOf": [{"const": 1}, {"const": 1.0}]}                    | oneOf                   | may satisfy the alternatives 0 and 1
                    {"oneOf": [{"enum": [{"a": [10]}]}, {"enum": [2, {"a": [1e1]}]}]} | oneOf              | may satisfy the alternatives 0 and 1
                    {"oneOf": [{"type": "object", "required": ["a"], "properties": {"a": {}}}, {"type": "object", "patternProperties": {"^a": {}}, "additionalProperties": false}]} | oneOf | may satisfy the alternatives 0 and 1
                    {"type": "text"}                                             | type                    | one of object, array
                    {"required": ["b"], "properties": {"a": {}}, "additionalProperties": false} | required | 'b', which is not among the properties
                    {"required": ["b"], "properties": {"b": false}, "additionalProperties": true} | required | 'b', which is not among the properties
                    {"required": ["a"], "dependentRequired": {"a": ["b"]}, "properties": {"a": {}}, "additionalProperties": false} | required | 'b', which is not among the properties
                    {"$ref": "other.json"}                                       | $ref                    | a part of this schema
                    {"$ref": "#/$defs/X"}                                        | $ref                    | which the schema does not have
                    {"enum": [{"a": 1}], "maxProperties": 3}                     | enum                    | has further keywords
                    {"enum": ["abcd"], "maxLength": 3}                           | enum                    | No listed value is valid
                    {"propertyNames": {"maxLength": 3}, "dependentRequired": {"a": ["b"]}} | propertyNames | beside no dependencies
                    {"type": "integer", "anyOf": [{"type": "string"}, {"type": "null"}]} | anyOf           | against any alternative
                    {"additionalProperties": true, "minProperties": 2}           | minProperties           | needs 'additionalProperties': false
                    """)
    void theRefusalNamesThePlace(String schema, String at, String message) {
        assertThatExceptionOfType(ConstraintException.class)
                .isThrownBy(() -> COMPILER.compile(new ConstraintDefinition.JsonSchema(schema)))
                .withMessageContaining(message)
                .satisfies(e -> assertThat(e.at()).isEqualTo(at == null ? "" : at));
    }

    @Test
    void thousandsOfDependentNamesAreRefused() {
        for (var keyword : List.of("dependentRequired", "dependencies")) {
            theRefusalNamesThePlace(
                    dependent(keyword, 3000), keyword, "at most 200 names may depend on others");
        }
        theRefusalNamesThePlace(
                dependent("dependentRequired", 200), "dependentRequired", "at most 200 names");
    }

    @Test
    void aPropertyMayNeedHundredOthers() {
        var constraint =
                COMPILER.compile(
                        new ConstraintDefinition.JsonSchema(dependent("dependentRequired", 100)));
        var all =
                IntStream.range(0, 100)
                        .mapToObj(",\"a%d\":0"::formatted)
                        .collect(Collectors.joining("", "{\"z\":0", "}"));
        for (var valid : List.of(all, "{\"a3\":0,\"a7\":0}")) {
            var state = constraint.accept(constraint.start(), valid.getBytes(UTF_8));
            assertThat(requireNonNull(state).isComplete()).isTrue();
        }
        var incomplete = all.replace(",\"a99\":0", "").getBytes(UTF_8);
        assertThat(constraint.accept(constraint.start(), incomplete)).isNull();
    }

    /** An object whose first property needs all others. */
    private static String dependent(String keyword, int count) {
        var names = IntStream.range(0, count).mapToObj("a%d"::formatted).toList();
        return "{\"additionalProperties\":false,\"properties\":{\"z\":true,%s},\"%s\":{\"z\":[%s]}}"
                .formatted(
                        names.stream()
                                .map("\"%s\":true"::formatted)
                                .collect(Collectors.joining(",")),
                        keyword,
                        names.stream().map("\"%s\""::formatted).collect(Collectors.joining(",")));
    }

    /** Alternatives of one regular language are one way to read a text. */
    @Test
    void patternsOfOneValueAreUnited() {
        var constraint = COMPILER.compile(new ConstraintDefinition.JsonSchema(patterns(140)));
        var within = requireNonNull(constraint.accept(constraint.start(), "\"aa".getBytes(UTF_8)));
        assertThat(within.readings()).hasSize(1);
        var text = requireNonNull(constraint.accept(within, "aab\"".getBytes(UTF_8)));
        assertThat(text.isComplete()).isTrue();
        assertThat(constraint.accept(within, "b\"c".getBytes(UTF_8))).isNull();
    }

    private static String patterns(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "{\"type\":\"string\",\"pattern\":\"^a{%d}b$\"}".formatted(i + 1))
                .collect(Collectors.joining(",", "{\"anyOf\":[", "]}"));
    }

    /** Each way costs a walk of the vocabulary, on the thread that serves all requests. */
    @Test
    void tooManyWaysToReadATextAreRefused() {
        var within = COMPILER.compile(new ConstraintDefinition.JsonSchema(objects(140)));
        assertThatExceptionOfType(ArithmeticException.class)
                .isThrownBy(() -> within.accept(within.start(), "{\"a\":".getBytes(UTF_8)))
                .withMessageContaining("in more than 128 ways");
    }

    /** The refusal does not depend on parts found before. */
    @Test
    void aMaskThatCostsTooManyWalksIsRefused() {
        var few = COMPILER.compile(new ConstraintDefinition.JsonSchema(objects(10)));
        var within = requireNonNull(few.accept(few.start(), "{\"a\":\"".getBytes(UTF_8)));
        assertThat(few.mask(within).isEmpty()).isFalse();
        var many = COMPILER.compile(new ConstraintDefinition.JsonSchema(objects(100)));
        var state = requireNonNull(many.accept(many.start(), "{\"a\":\"".getBytes(UTF_8)));
        for (int i = 0; i < 2; i++) {
            assertThatExceptionOfType(ArithmeticException.class)
                    .isThrownBy(() -> many.mask(state))
                    .withMessageContaining("take others' time");
        }
    }

    /** Objects with one property of many patterns, which has another one behind it. */
    private static String objects(int count) {
        return IntStream.range(0, count)
                .mapToObj(
                        "{\"properties\":{\"a\":{\"pattern\":\"^[^z]*z{%1$d}$\"},\"b%1$d\":{}},\"required\":[\"a\",\"b%1$d\"]}"
                                ::formatted)
                .collect(Collectors.joining(",", "{\"anyOf\":[", "]}"));
    }

    @Test
    void aUnionOfManyDiscriminatedModelsWorks() {
        var models =
                IntStream.range(0, 101)
                        .mapToObj(
                                "\"M%1$d\":{\"type\":\"object\",\"properties\":{\"kind\":{\"$ref\":\"#/$defs/K%1$d\"},\"x\":{\"type\":\"integer\"}},\"required\":[\"kind\",\"x\"]},\"K%1$d\":{\"const\":\"k%1$d\"}"
                                        ::formatted)
                        .collect(Collectors.joining(","));
        var names =
                IntStream.range(0, 101)
                        .mapToObj("{\"$ref\":\"#/$defs/M%d\"}"::formatted)
                        .collect(Collectors.joining(","));
        var constraint =
                COMPILER.compile(
                        new ConstraintDefinition.JsonSchema(
                                "{\"oneOf\":[%s],\"$defs\":{%s}}".formatted(names, models)));
        var text = "{\"kind\":\"k100\",\"x\":1}".getBytes(UTF_8);
        assertThat(requireNonNull(constraint.accept(constraint.start(), text)).isComplete())
                .isTrue();
    }

    @Test
    void tokensOfNoTextMustNotCome() {
        var trie = TokenTrie.of(5, id -> id == 3 ? null : new byte[] {(byte) "{}\"x ".charAt(id)});
        var constraint =
                new ConstraintCompiler(trie).compile(new ConstraintDefinition.Regex(".x?"));
        var mask = constraint.mask(constraint.start());
        assertThat(mask.allows(0)).isTrue();
        assertThat(mask.allows(3)).isFalse();
        assertThat(mask.allows(5)).isFalse();
        assertThat(mask.allows(1 << 20)).isFalse();
        assertThat(constraint.accept(constraint.start(), 3)).isNull();
    }

    /** A model without a token for a character cannot be held to a text that needs it. */
    @Test
    void aVocabularyWithoutTheCharactersIsRefused() {
        var compiler =
                new ConstraintCompiler(TokenTrie.of(26, id -> new byte[] {(byte) ('a' + id)}));
        assertThatExceptionOfType(ConstraintException.class)
                .isThrownBy(() -> compiler.compile(new ConstraintDefinition.JsonObject()))
                .withMessageContaining("the model's vocabulary lacks the characters");
        var word = compiler.compile(new ConstraintDefinition.Regex("[a-zé]{2}|Z"));
        var mask = word.mask(word.start());
        assertThat(IntStream.range(0, 26).allMatch(mask::allows)).isTrue();
    }
}
