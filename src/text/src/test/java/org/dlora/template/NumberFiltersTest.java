package org.dlora.template;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.template.sandbox.TemplateException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Filters whose result is a number, as in jinja2. */
class NumberFiltersTest {

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    '1e3'|int                    => 1000
                    ' \\n+7\\t'|int              => 7
                    '-1.9'|int                   => -1
                    -3.99|int                    => -3
                    '1_000'|int                  => 1000
                    '٣'|int                      => 3
                    '1__0'|int(9)                => 9
                    '_1'|int(9)                  => 9
                    '1_'|int(9)                  => 9
                    '- 5'|int(9)                 => 9
                    '--5'|int(9)                 => 9
                    ''|int(9)                    => 9
                    'inf'|int(9)                 => 9
                    '1e400'|int(9)               => 9
                    [1]|int(9)                   => 9
                    true|int                     => 1
                    '-0x1f'|int(base=16)         => -31
                    '1F'|int(base=16)            => 31
                    '0b11'|int(base=2)           => 3
                    '0O17'|int(base=8)           => 15
                    '0b12'|int(9, 2)             => 9
                    '0x'|int(9, 16)              => 9
                    '0xg'|int(9, 16)             => 9
                    '0b11'|int(base=16)          => 2833
                    'z'|int(base=36)             => 35
                    '0x1F'|int(base=0)           => 31
                    '17'|int(base=0)             => 17
                    '7'|int(9, 1)                => 7
                    '7'|int(9, 37)               => 7
                    'a'|int(9, 37)               => 9
                    """)
    void integersAreReadAsPythonReadsThem(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    '1.'|float           => 1.0
                    '.5'|float           => 0.5
                    ' -1E-5 '|float      => -1e-05
                    '1_000.5'|float      => 1000.5
                    '1__0'|float(9.0)    => 9.0
                    '.'|float            => 0.0
                    '1e'|float           => 0.0
                    '0x1'|float          => 0.0
                    '5f'|float           => 0.0
                    '1d'|float           => 0.0
                    'infinit'|float      => 0.0
                    'abc'|float('x')     => x
                    none|float           => 0.0
                    true|float           => 1.0
                    '-INF'|float < 0     => True
                    '+Infinity'|float > 0 => True
                    'NaN'|float == 'NaN'|float => False
                    """)
    void floatsAreReadAsPythonReadsThem(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    2.5|round                     => 2.0
                    3.5|round                     => 4.0
                    (-0.4)|round                  => -0.0
                    1.005|round(2)                => 1.0
                    2.675|round(2)                => 2.67
                    12345.678|round(-2)           => 12300.0
                    1e300|round(2)                => 1e+300
                    2.341|round(2, 'ceil')        => 2.35
                    (-2.341)|round(2, 'ceil')     => -2.34
                    2.349|round(2, 'floor')       => 2.34
                    2.1|round(method='ceil')      => 3.0
                    42|round                      => 42
                    1250|round(-2)                => 1200
                    1350|round(-2)                => 1400
                    15|round(-1)                  => 20
                    5|round(400)                  => 5
                    5|round(-400)                 => 0
                    7|round(method='floor')       => 7.0
                    1234|round(-2, 'ceil')        => 1300.0
                    1234|round(-2, 'floor')       => 1200.0
                    1234|round(2, 'ceil')         => 1234.0
                    true|round                    => 1
                    """)
    void numbersAreRoundedToDecimals(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    -5|abs                                => 5
                    (-0.0)|abs                            => 0.0
                    (-(2 ** 70))|abs                      => 1180591620717411303424
                    true|abs                              => 1
                    []|sum                                => 0
                    [1.5, 2]|sum                          => 3.5
                    [[1], [2]]|sum(start=[])              => [1, 2]
                    [{'a': 1}, {'a': 2}]|sum('a', 10)     => 13
                    'a😀'|length                          => 2
                    {'a': 1}.items()|count                => 1
                    range(7)|length                       => 7
                    nope|length                           => 0
                    """)
    void sumsLengthsAndMagnitudes(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'a'|round",
                "none|round",
                "2.5|round('a')",
                "'a'|abs",
                "['a']|sum",
                "5|length",
                "none|length",
                "[1]|map('string')|length",
            })
    void otherValuesAreRefused(String expression) {
        assertThat(SmallTemplate.failureOf(expression).kind()).isEqualTo(Kind.TYPE);
    }

    @Test
    void undefinedNumbersAreRefusedByName() {
        for (var filter : new String[] {"int", "float", "abs", "round"}) {
            assertThat(SmallTemplate.failureOf("nope|" + filter))
                    .hasMessage("line 1: 'nope' is undefined");
        }
    }

    @Test
    void unknownMethodsOfRoundingAreRefused() {
        assertThat(SmallTemplate.failureOf("1.5|round(1, 'up')"))
                .hasMessage("line 1: method must be common, ceil or floor");
        assertThat(SmallTemplate.failureOf("(10 ** 400)|float").kind()).isEqualTo(Kind.VALUE);
    }
}
