package org.dlora.template;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.template.sandbox.TemplateException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code format % arguments} as in Python 3. */
class PercentFormatTest {

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    '%5.2f|%-8.1f|%+.3e' % (3.14159, 2.5, 12345.678) => ` 3.14|2.5     |+1.235e+04`
                    '%g|%G|%g' % (1e-5, 1e-10, 0)                    => 1e-05|1E-10|0
                    '%d|%i|%u|%d' % (3.99, -3.99, true, -0.5)        => 3|-3|1|0
                    '%x|%X|%o|%#x|%#o' % (255, 255, 8, 255, 8)       => ff|FF|10|0xff|0o10
                    '% d|%+d|%05d|%-5d|%-05d|' % (5, 5, -5, 5, 5)    => ` 5|+5|-0005|5    |5    |`
                    '%.2s|%5.1s|%05s|%.s|' % ('abc', 'xyz', 'a', 'b') => `ab|    x|    a||`
                    '%c%c|%3c' % (65, 'é', 'z')                      => `Aé|  z`
                    '%ld%hd%Ld' % (1, 2, 3)                          => 123
                    '%r %a' % ('é', 'é')                             => 'é' '\\xe9'
                    '%.0f %.0f %.f' % (0.5, 1.5, 2.5)                => 0 2 2
                    '%d%%' % 50                                      => 50%
                    '%*d|%-*d|%.*f' % (4, 7, 4, 7, 1, 2.25)          => `   7|7   |2.2`
                    """)
    void conversionsFormatTheirValue(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    '%s' % [1, 2]                     => [1, 2]
                    '%s' % (none,)                    => None
                    '%(a)s%(a)r' % {'a': 'x'}         => x'x'
                    '%(a.b)s' % {'a.b': 1, 'c': 2}    => 1
                    '%s' % {'a': 1}                   => {'a': 1}
                    'x' % {'a': 1}                    => x
                    'x' % [1]                         => x
                    '%%' % ()                         => %
                    '%s-%s'|format(1, 2)              => 1-2
                    '%(a)s'|format(a=2)               => 2
                    """)
    void argumentsAreATupleAMappingOrOneValue(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'%x' % 1.5",
                "'%d' % 'a'",
                "'%d' % none",
                "'%f' % 'a'",
                "'%c' % 'ab'",
                "'%s' % ()",
                "'%s %s' % 'a'",
                "'%s' % (1, 2)",
                "'x' % 1",
                "'x' % none",
                "'%(a)s' % 1",
                "'%*s' % ('a', 'b')",
            })
    void argumentsOfAnotherTypeOrNumberAreRefused(String expression) {
        assertThat(SmallTemplate.failureOf(expression).kind()).isEqualTo(Kind.TYPE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'%' % 1",
                "'a%' % 1",
                "'%5' % 1",
                "'%z' % 1",
                "'%(b)s' % {'a': 1}",
                "'%s%(a)s'|format(1, a=2)",
            })
    void incompleteFormatsAreRefused(String expression) {
        assertThat(SmallTemplate.failureOf(expression).kind()).isEqualTo(Kind.VALUE);
    }

    @Test
    void numbersWithoutAnIntegerHaveNoDecimalForm() {
        assertThat(SmallTemplate.failureOf("'%d' % (1e308 * 10)"))
                .hasMessage("line 1: %d format: a real number is required, not float");
    }
}
