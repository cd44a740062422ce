package org.dlora.template;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.template.sandbox.TemplateException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Replacement fields of {@code str.format}; Python 3 gave the results. */
class BraceFormatTest {

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    '{}-{}'.format('a', 'b')                 => a-b
                    '{1}{0}{1}'.format('a', 'b')             => bab
                    '{x}{0}{x}'.format('a', x='b')           => bab
                    '{}{x}{}'.format('a', 'b', x='-')        => a-b
                    '{{{}}}{{}}'.format(1)                   => {1}{}
                    '}}{{'.format()                          => }{
                    '{a.b}'.format(a={'b': 1})               => 1
                    '{a[b][1]}'.format(a={'b': [7, 8]})      => 8
                    '{0[0].k}'.format([{'k': 'v'}])          => v
                    '{a[-1]}'.format(a=[7])                  => ``
                    '{a[0x]}'.format(a={'0x': 5})            => 5
                    """)
    void fieldsNameTheirValues(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    '{:{}}|'.format('a', 3)                  => a  |
                    '{:{}{}}|{}'.format(1, '<', 3, 'z')      => 1  |z
                    '{:>{w}}|'.format('a', w=3)              => `  a|`
                    '{0:>{1}}|'.format('a', 3)               => `  a|`
                    """)
    void specificationsHaveFieldsOfTheirOwn(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    '{!r}{!s}'.format('a', 'a')              => 'a'a
                    '{!r:>5}|'.format('a')                   => `  'a'|`
                    '{!s:>3}|'.format(1)                     => `  1|`
                    '{!a}'.format('é€😀')                    => '\\xe9\\u20ac\\U0001f600'
                    '{}{}'.format(none, [1, 'a'])            => None[1, 'a']
                    """)
    void conversionsPrecedeTheSpecification(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'{'.format(1)",
                "'a}'.format(1)",
                "'{0'.format(1)",
                "'{0]}'.format([1])",
                "'{0.}'.format([1])",
                "'{0[}'.format([1])",
                "'{!x}'.format(1)",
                "'{1}'.format(1)",
                "'{}{}'.format(1)",
                "'{n}'.format(1)",
                "'{9999999999}'.format(1)",
                "'{0}{}'.format(1, 2)",
                "'{}{0}'.format(1, 2)",
                "'{0:{}}'.format(1, 2)",
            })
    void refusesFieldsWithoutAValue(String expression) {
        assertThat(SmallTemplate.failureOf(expression).kind()).isEqualTo(Kind.VALUE);
    }

    @Test
    void specificationsAreNestedOnce() {
        assertThat(SmallTemplate.failureOf("'{:{:{}}}'.format(1, 2, 3)"))
                .hasMessage("line 1: Max string recursion exceeded");
    }

    @Test
    void valuesWithoutAFormatTakeNoSpecification() {
        assertThat(SmallTemplate.failureOf("'{:5}'.format([1])"))
                .hasMessage("line 1: unsupported format string passed to list.__format__");
        assertThat(SmallTemplate.failureOf("'{:5}'.format(none)").kind()).isEqualTo(Kind.TYPE);
    }

    @Test
    void internalsCannotBeReached() {
        assertThat(SmallTemplate.failureOf("'{0.__class__.__mro__}'.format('a')").kind())
                .isEqualTo(Kind.SECURITY);
    }
}
