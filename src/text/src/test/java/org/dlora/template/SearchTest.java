package org.dlora.template;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.template.sandbox.TemplateException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Methods of {@code str} that look for a text within bounds, as in Python 3. */
class SearchTest {

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    'abcabc'.find('c', 3)            => 5
                    'abcabc'.find('c', -3)           => 5
                    'abcabc'.find('a', 1, 3)         => -1
                    'abcabc'.find('c', 2, 3)         => 2
                    'abc'.find('c', -100, 100)       => 2
                    'abc'.find('b', none, 2)         => 1
                    'abc'.find('b', 1, none)         => 1
                    'abc'.find('a', 0, -2)           => 0
                    'abc'.find('', 3)                => 3
                    'abc'.find('', 4)                => -1
                    'abc'.find('', 2, 2)             => 2
                    'abc'.find('', 2, 1)             => -1
                    'abcabc'.rfind('abc')            => 3
                    'abc'.rfind('')                  => 3
                    'abc'.rfind('', 1, 2)            => 2
                    '😀a😀'.find('😀', 1)            => 2
                    '😀a😀'.rfind('😀')              => 2
                    'abcb'.index('b', 2)             => 3
                    'abcb'.rindex('b', 0, 3)         => 1
                    """)
    void positionsAreOfCharactersInTheWholeText(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    'aaaa'.count('aa')               => 2
                    'abab'.count('ab', -2)           => 1
                    'aXa'.count('a', 0, 2)           => 1
                    'abc'.count('')                  => 4
                    'abc'.count('', 1)               => 3
                    'abc'.count('', 3)               => 1
                    'abc'.count('', 4)               => 0
                    ''.count('')                     => 1
                    '😀😀'.count('')                 => 3
                    """)
    void occurrencesDoNotOverlap(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'abc'.startswith('b', 1)",
                "'abc'.startswith('', 3)",
                "not 'abc'.startswith('', 4)",
                "not 'abc'.startswith('', 2, 1)",
                "not 'abc'.startswith('ab', 0, 1)",
                "'abc'.startswith(('x', 'ab'))",
                "not 'abc'.startswith(('x', 'bc'))",
                "not 'abc'.startswith(())",
                "not 'abc'.startswith('bc')",
                "'abc'.endswith('b', 0, 2)",
                "'abc'.endswith('bc', -2)",
                "not 'abc'.endswith('abc', 1)",
                "'abc'.endswith(('d', 'c'))",
                "not 'abc'.endswith('ab')",
            })
    void affixesAreOfThePartWithinTheBounds(String expression) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo("True");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'abc'.startswith(['a'])",
                "'abc'.endswith(('x', 1))",
                "'abc'.find(1)",
                "'abc'.find('a', 'b')",
                "'abc'.find()",
                "'abc'.count('a', 0, 1, 2)",
            })
    void otherArgumentsAreRefused(String expression) {
        assertThat(SmallTemplate.failureOf(expression).kind()).isEqualTo(Kind.TYPE);
    }

    @Test
    void anAbsentTextHasNoIndex() {
        for (var method : new String[] {"index", "rindex"}) {
            var failure = SmallTemplate.failureOf("'abc'." + method + "('d')");
            assertThat(failure.kind()).isEqualTo(Kind.VALUE);
            assertThat(failure).hasMessage("line 1: substring not found");
        }
    }
}
