package org.dlora.template;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.template.sandbox.TemplateException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers, strings and containers in the source of a template. */
class LiteralTest {

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    0x1F     => 31
                    0XfF     => 255
                    0x_f     => 15
                    0b11     => 3
                    0B1      => 1
                    0b_1     => 1
                    0o17     => 15
                    0O7      => 7
                    0        => 0
                    00       => 0
                    0_0      => 0
                    1_000    => 1000
                    1e3      => 1000.0
                    1E-2     => 0.01
                    1.5e+2   => 150.0
                    0.5      => 0.5
                    1_0.5_0  => 10.5
                    1e1_0    => 10000000000.0
                    0e5      => 0.0
                    [[5, 6]].0.1 => 6
                    """)
    void numbersAreReadAsInPython(String literal, String expected) {
        assertThat(SmallTemplate.printed(literal)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.",
                ".5",
                "01",
                "1__0",
                "1_",
                "0x",
                "0b2",
                "0o8",
                "0xfg",
                "1e",
                "1e+",
                "1a",
                "0_1",
                "0__0",
                "[1].0.5.",
                "0b_",
                "1_.5"
            })
    void otherNumbersAreSyntaxErrors(String literal) {
        assertThat(SmallTemplate.failureOf(literal).kind()).isEqualTo(Kind.SYNTAX);
    }

    @Test
    void digitsOfOtherScriptsAreNone() {
        assertThat(SmallTemplate.failureOf("٣").kind()).isEqualTo(Kind.SYNTAX);
        assertThat(SmallTemplate.failureOf("1٣").kind()).isEqualTo(Kind.SYNTAX);
    }

    @Test
    void anIntegerMayHave5000DigitsIfItsValueFits() {
        assertThat(SmallTemplate.printed("0".repeat(5000))).isEqualTo("0");
        assertThat(SmallTemplate.failureOf("0".repeat(5001)))
                .hasMessage("line 1: an integer literal has more than 5000 digits");
        assertThat(SmallTemplate.failureOf("9".repeat(5000)).kind()).isEqualTo(Kind.LIMIT);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    'a\\'b'                            => a'b
                    "a\\"b"                            => a"b
                    'a\\\\b'                           => a\\b
                    '\\n\\t\\r\\a\\b\\f\\v'|list|length => 7
                    '\\a\\b\\f\\v'|tojson              => "\\u0007\\b\\f\\u000b"
                    '\\0\\7\\18\\08'|tojson            => "\\u0000\\u0007\\u00018\\u00008"
                    '\\1014'                           => A4
                    '\\x41\\u0041\\U00000041'          => AAA
                    '\\U0010ffff'|length               => 1
                    '\\N{BULLET}\\N{LATIN SMALL LETTER A}' => •a
                    '\\q\\%'                           => \\q\\%
                    'a' "b" 'c'                        => abc
                    `'a\\\nb'`                         => ab
                    """)
    void escapesAreThoseOfPython(String literal, String expected) {
        assertThat(SmallTemplate.printed(literal)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'\\x4'", "'\\xzz'", "'\\u00'", "'\\U0000004'", "'\\U00110000'",
                        "'\\N{NO SUCH NAME}'",
                "'\\N'", "'\\N{BULLET'", "'\\Nx}'", "'open", "'open\\'", "\"a'"
            })
    void brokenStringsAreRefused(String literal) {
        assertThat(SmallTemplate.failureOf(literal).kind()).isEqualTo(Kind.SYNTAX);
    }

    @Test
    void linesWithinAStringCount() {
        assertThat(SmallTemplate.failure("{{ 'a\n\nb' }}\n{{ nope.x }}").line()).isEqualTo(4);
        assertThat(SmallTemplate.failure("{{ [1,\n2] }}\n{{ nope.x }}").line()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            textBlock =
                    """
                    (1)               => 1
                    (1,)              => (1,)
                    ()                => ()
                    (1, (2,),)        => (1, (2,))
                    [1, [],]          => [1, []]
                    {'a': {},}        => {'a': {}}
                    1, 2              => (1, 2)
                    1,                => (1,)
                    {1: 'a', 1.0: 'b', true: 'c'} => {1: 'c'}
                    {'a': {'b': 1}}['a'] => {'b': 1}
                    """)
    void containersNest(String literal, String expected) {
        assertThat(SmallTemplate.printed(literal)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"[1 2]", "{1}", "{1:}", "[,]", "(,)", "{,}", "(1, ]", "[1)", "{1: 2]", ")"})
    void brokenContainersAreRefused(String literal) {
        assertThat(SmallTemplate.failureOf(literal).kind()).isEqualTo(Kind.SYNTAX);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{[1]: 2}", "{{}: 2}", "{'a': 1}.get([])", "dict([[[], 1]])"})
    void containersAreNoKeys(String literal) {
        assertThat(SmallTemplate.failureOf(literal).kind()).isEqualTo(Kind.TYPE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    {1: 'x'}[1.0]       => x
                    {1.0: 'x'}[1]       => x
                    {1.0: 'x'}[true]    => x
                    {true: 'x'}[1.0]    => x
                    {false: 'x'}[0]     => x
                    {0: 'x'}[false]     => x
                    {0.0: 'x'}[-0.0]    => x
                    {2: 'x'}[true]      => ``
                    {true: 'x'}[2]      => ``
                    {1.5: 'x'}[1]       => ``
                    {1.5: 'x'}[1.5]     => x
                    {-1: 'x'}[-1.0]     => x
                    {none: 'x'}[none]   => x
                    {2 ** 70: 'x'}[2 ** 70] => x
                    """)
    void keysAreEqualAcrossTypesOfNumbers(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }
}
