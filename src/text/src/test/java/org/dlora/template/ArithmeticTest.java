package org.dlora.template;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.template.sandbox.TemplateException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Operators on numbers, texts and lists as in Python 3. */
class ArithmeticTest {

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    -7 // 2           => -4
                    7 // -2           => -4
                    -7 // -2          => 3
                    6 // -3           => -2
                    -7 % 2            => 1
                    7 % -2            => -1
                    -6 % 3            => 0
                    -(2 ** 64) % 7    => 5
                    2 ** 64 // 3      => 6148914691236517205
                    -7 / 2            => -3.5
                    10 / 5            => 2.0
                    true + true       => 2
                    5 - 2 - 1         => 2
                    2 ** 3 ** 2       => 64
                    2 ** -2           => 0.25
                    0 ** 0            => 1
                    0 ** 5            => 0
                    (-1) ** 3         => -1
                    (-1) ** 4         => 1
                    1 ** 10 ** 20     => 1
                    (-1) ** (10 ** 20) => 1
                    (-1) ** (10 ** 20 + 1) => -1
                    true ** 2         => 1
                    (-2) ** 3         => -8
                    +true             => 1
                    -true             => -1
                    +1.5              => 1.5
                    +(2 ** 70)        => 1180591620717411303424
                    - -3              => 3
                    """)
    void integersRoundDownAndNeverOverflow(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    9223372036854775807 + 1     => 9223372036854775808
                    9223372036854775808 - 1     => 9223372036854775807
                    -9223372036854775808 - 1    => -9223372036854775809
                    -9223372036854775808 // -1  => 9223372036854775808
                    4611686018427387904 * 2     => 9223372036854775808
                    3037000500 * 3037000500     => 9223372037000250000
                    """)
    void integersPassTheBoundOf64Bits(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    -7.5 // 2       => -4.0
                    7.5 // -2       => -4.0
                    6.0 // 3        => 2.0
                    3 // 1.5        => 2.0
                    1.0 // 0.1      => 9.0
                    0.3 // 0.1      => 2.0
                    -1.0 // 1e300   => -1.0
                    0.0 // -5       => -0.0
                    5.5 % 2         => 1.5
                    -5.5 % 2        => 0.5
                    5.5 % -2        => -0.5
                    -4.0 % 2        => 0.0
                    4.0 % -2        => -0.0
                    5 - 2.5         => 2.5
                    3 * 1.5         => 4.5
                    2.0 ** 3        => 8.0
                    2 ** 0.5        => 1.4142135623730951
                    1e308 * 10      => inf
                    """)
    void floatsRoundDownTooAndZerosKeepTheirSign(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    'a' + 'b'         => ab
                    [1] + [2]         => [1, 2]
                    (1,) + (2,)       => (1, 2)
                    'ab' * 2          => abab
                    2 * 'ab'          => abab
                    true * 'ab'       => ab
                    'ab' * -1         => ``
                    [1, 2] * 2        => [1, 2, 1, 2]
                    2 * (1,)          => (1, 1)
                    [1] * 0           => []
                    '' * 10 ** 9      => ``
                    [] * 10 ** 6      => []
                    """)
    void sequencesAreJoinedAndRepeated(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1 // 0",
                "1 % 0",
                "1 / 0",
                "1.0 // 0",
                "1.0 % 0",
                "1.0 / 0",
                "0 ** -1",
                "0.0 ** -1",
                "10.0 ** 400",
                "(-8) ** 0.5",
                "2 ** 2000 / 2",
            })
    void resultsWithoutAValueAreRefused(String expression) {
        assertThat(SmallTemplate.failureOf(expression).kind()).isEqualTo(Kind.VALUE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[1] + (2,)",
                "'a' + 1",
                "1 + 'a'",
                "'a' - 'b'",
                "'a' / 2",
                "[1] * 1.5",
                "'a' * 'b'",
                "{} + {}",
                "none + 1",
                "range(3) + range(2)",
                "range(3) + [1]",
                "[1] + range(3)",
                "range(3) * 2",
                "-none",
                "+'a'",
            })
    void otherOperandsAreRefused(String expression) {
        assertThat(SmallTemplate.failureOf(expression).kind()).isEqualTo(Kind.TYPE);
    }

    @Test
    void operatorsAreNamedWithTheTypesOfTheirOperands() {
        assertThat(SmallTemplate.failureOf("[1] // 'a'"))
                .hasMessage("line 1: unsupported operand types for //: 'list' and 'str'");
        assertThat(SmallTemplate.failureOf("-[]"))
                .hasMessage("line 1: bad operand type for unary -: 'list'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nope + 1", "1 + nope", "-nope", "+nope", "nope * 2"})
    void undefinedOperandsAreRefusedByName(String expression) {
        var failure = SmallTemplate.failureOf(expression);
        assertThat(failure.kind()).isEqualTo(Kind.UNDEFINED);
        assertThat(failure).hasMessage("line 1: 'nope' is undefined");
    }

    @Test
    void integersHaveAtMost4096Bits() {
        assertThat(SmallTemplate.printed("2 ** 4095 > 2 ** 4094")).isEqualTo("True");
        assertThat(SmallTemplate.printed("(2 ** 2048) * (2 ** 2047) == 2 ** 4095"))
                .isEqualTo("True");
        assertThat(SmallTemplate.printed("2 ** 4096 - 1 > 0 if false else 1")).isEqualTo("1");
        for (var expression :
                new String[] {"2 ** 4096", "(2 ** 2048) * (2 ** 2048)", "2 ** 4095 + 2 ** 4095"}) {
            assertThat(SmallTemplate.failureOf(expression).kind()).isEqualTo(Kind.LIMIT);
        }
    }
}
