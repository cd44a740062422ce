package org.dlora.api.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Tests of the values of a body's members, and of the refusals of others. */
class FieldsTest {
    private static final JsonMapper JSON = new JsonMapper();

    private static Fields fields(String json) {
        return Fields.of((ObjectNode) JSON.readTree(json));
    }

    private static void assertRefused(
            String json, Consumer<Fields> read, String param, String message) {
        var fields = fields(json);
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() -> read.accept(fields))
                .withMessage(message)
                .satisfies(e -> assertThat(e.body().error().param()).isEqualTo(param));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"x\": null}"})
    void nullIsAbsent(String json) {
        var fields = fields(json);
        assertThat(fields.has("x")).isFalse();
        assertThat(fields.integer("x", 1, 2)).isEmpty();
        assertThat(fields.number("x", 1, 2)).isEmpty();
        assertThat(fields.positive("x", 2)).isEmpty();
        assertThat(fields.wholeNumber("x")).isEmpty();
        assertThat(fields.text("x")).isEmpty();
        assertThat(fields.array("x")).isEmpty();
        assertThat(fields.object("x")).isEmpty();
        assertThat(fields.flag("x", true)).isTrue();
        assertThat(fields.flag("x", false)).isFalse();
        fields.unsupported("x", "it is not", _ -> false);
        assertRefused(json, f -> f.required("x", "a thing"), "x", "'x' is required: a thing.");
    }

    @Test
    void nullIsGivenWhereItMeansSomething() {
        assertThat(fields("{\"x\": null}").given("x")).isPresent();
        assertThat(fields("{}").given("x")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"-3, true", "-4, false", "5, true", "6, false", "2147483648, false", "5.0, true"})
    void integersAreWithinTheirBounds(String number, boolean isTaken) {
        var json = "{\"x\": " + number + "}";
        if (isTaken) {
            assertThat(fields(json).integer("x", -3, 5)).hasValue((int) Double.parseDouble(number));
        } else {
            assertRefused(
                    json,
                    f -> f.integer("x", -3, 5),
                    "x",
                    "'x' must be an integer from -3 to 5, but is " + number + ".");
        }
    }

    @Test
    void anIntegerWithoutABoundHasNoneInItsMessage() {
        assertThat(fields("{\"x\": 2147483647}").integer("x", 0, Integer.MAX_VALUE))
                .hasValue(Integer.MAX_VALUE);
        assertRefused(
                "{\"x\": -1}",
                f -> f.integer("x", 0, Integer.MAX_VALUE),
                "x",
                "'x' must be an integer of at least 0, but is -1.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-9223372036854775808", "9223372036854775807", "0", "-1"})
    void wholeNumbersHave64Bits(String number) {
        assertThat(fields("{\"x\": " + number + "}").wholeNumber("x"))
                .hasValue(Long.parseLong(number));
    }

    @ParameterizedTest
    @ValueSource(strings = {"9223372036854775808", "0.5", "\"7\"", "true", "[1]"})
    void otherNumbersAreNotWhole(String value) {
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() -> fields("{\"x\": " + value + "}").wholeNumber("x"))
                .withMessageStartingWith("'x' must be an integer of 64 bits, but is ");
    }

    @Test
    void numbersAreWithinTheirBoundsAndPositiveOnesAboveZero() {
        assertThat(fields("{\"x\": 0}").number("x", 0, 1.5)).hasValue(0);
        assertThat(fields("{\"x\": 1.5}").number("x", 0, 1.5)).hasValue(1.5);
        assertRefused(
                "{\"x\": 1.50001}",
                f -> f.number("x", 0, 1.5),
                "x",
                "'x' must be a number from 0 to 1.5, but is 1.50001.");
        assertThat(fields("{\"x\": 1e-300}").positive("x", 10)).hasValue(1e-300);
        assertThat(fields("{\"x\": 10}").positive("x", 10)).hasValue(10);
        for (var wrong : new String[] {"0", "-0.0", "10.5", "\"1\""}) {
            assertRefused(
                    "{\"x\": " + wrong + "}",
                    f -> f.positive("x", 10),
                    "x",
                    "'x' must be a number above 0, at most 10, but is " + wrong + ".");
        }
    }

    @Test
    void valuesOfAnotherTypeAreShownShort() {
        assertRefused(
                "{\"x\": {\"a\": 1}}",
                f -> f.flag("x", true),
                "x",
                "'x' must be true or false, but is an object.");
        assertRefused(
                "{\"x\": [1, 2, 3]}",
                f -> f.text("x"),
                "x",
                "'x' must be a string, but is an array of 3.");
        assertRefused(
                "{\"x\": \"" + "y".repeat(100) + "\"}",
                f -> f.array("x"),
                "x",
                "'x' must be an array, but is \"" + "y".repeat(59) + "….");
        assertRefused(
                "{\"x\": \"" + "y".repeat(58) + "\"}",
                f -> f.object("x"),
                "x",
                "'x' must be an object, but is \"" + "y".repeat(58) + "\".");
    }

    @Test
    void membersOfAPartAreNamedByTheirPath() {
        var part = Fields.at("options", JSON.readTree("{\"a\": 1, \"b\": 2}"));
        assertThat(part.integer("a", 0, 1)).hasValue(1);
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(part::end)
                .withMessage("Unknown parameter: 'options.b'. Known here: a.")
                .satisfies(e -> assertThat(e.body().error().param()).isEqualTo("options.b"));
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() -> Fields.at("options", JSON.readTree("[1]")))
                .withMessage("'options' must be an object, but is an array of 1.");
    }

    /** Eight known names are listed, a ninth makes the list too long to be of use. */
    @Test
    void knownNamesAreListedWhereTheyAreFew() {
        var fields = fields("{\"zoo\": 1}");
        fields.ignore("h", "g", "f", "e", "d", "c", "b");
        fields.has("a");
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(fields::end)
                .withMessage("Unknown parameter: 'zoo'. Known here: a, b, c, d, e, f, g, h.");
        fields.ignore("i");
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(fields::end)
                .withMessage("Unknown parameter: 'zoo'. Check the spelling or leave it out.");
        fields.ignore("zoo");
        fields.end();
    }

    @Test
    void unsupportedValuesAreRefusedAndHarmlessOnesAreKnown() {
        var fields = fields("{\"store\": false}");
        fields.unsupported("store", "nothing is stored", node -> !node.booleanValue());
        fields.end();
        assertRefused(
                "{\"store\": true}",
                f -> f.unsupported("store", "nothing is stored", node -> !node.booleanValue()),
                "store",
                "'store' is not supported: nothing is stored.");
    }
}
