package org.dlora.template;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.template.sandbox.TemplateException.Kind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Methods of {@code str} that take a text apart, as in Python 3. */
class SplitTest {

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    'a,b,c'.split(',', 0)                => ['a,b,c']
                    'a,b,c'.split(sep=',', maxsplit=1)   => ['a', 'b,c']
                    'a,b,c'.split(',', -2)               => ['a', 'b', 'c']
                    ''.split(',')                        => ['']
                    ','.split(',')                       => ['', '']
                    'aaa'.split('aa')                    => ['', 'a']
                    'a,b,c,d'.rsplit(',', 2)             => ['a,b', 'c', 'd']
                    'a,b'.rsplit(',', 0)                 => ['a,b']
                    ',a,'.rsplit(',')                    => ['', 'a', '']
                    'aaa'.rsplit('aa')                   => ['a', '']
                    'aaaa'.rsplit('aa', 1)               => ['aa', '']
                    'x'.rsplit('xx')                     => ['x']
                    'xx'.rsplit('xx')                    => ['', '']
                    'a--b--c'.rsplit('--')               => ['a', 'b', 'c']
                    """)
    void separatorsSplitFromTheirSide(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    ' a  b '.split()                     => ['a', 'b']
                    ' a b '.split(none, 0)               => ['a b ']
                    ' a b  c '.split(none, 1)            => ['a', 'b  c ']
                    ' '.split()                          => []
                    'a\\u3000b\\xa0c'.split()            => ['a', 'b', 'c']
                    ' a  b '.rsplit()                    => ['a', 'b']
                    ' a b '.rsplit(none, 0)              => [' a b']
                    ' a b  c '.rsplit(none, 1)           => [' a b', 'c']
                    'a b c d'.rsplit(maxsplit=2)         => ['a b', 'c', 'd']
                    ' '.rsplit()                         => []
                    'a\\u3000b'.rsplit()                 => ['a', 'b']
                    """)
    void whiteSpaceSplitsInRuns(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    'a\\nb\\r\\nc\\rd'.splitlines()          => ['a', 'b', 'c', 'd']
                    'a\\x0bb\\x0cc\\x1cd\\x1de'.splitlines() => ['a', 'b', 'c', 'd', 'e']
                    'a\\x1eb\\x85c\\u2028d\\u2029e'.splitlines() => ['a', 'b', 'c', 'd', 'e']
                    'a\\x1fb'.splitlines()                   => ['a\\x1fb']
                    ''.splitlines()                          => []
                    '\\n'.splitlines()                       => ['']
                    'a\\n\\nb'.splitlines(true)              => ['a\\n', '\\n', 'b']
                    'a\\r\\n'.splitlines(keepends=true)      => ['a\\r\\n']
                    '\\n\\r'.splitlines(true)                => ['\\n', '\\r']
                    """)
    void linesEndWithAnyLineEndOfPython(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    'a-b-c'.partition('-')               => ('a', '-', 'b-c')
                    'a-b-c'.rpartition('-')              => ('a-b', '-', 'c')
                    '-a'.partition('-')                  => ('', '-', 'a')
                    'a--b'.partition('--')               => ('a', '--', 'b')
                    '--b'.rpartition('--')               => ('', '--', 'b')
                    'abc'.partition('-')                 => ('abc', '', '')
                    'abc'.rpartition('-')                => ('', '', 'abc')
                    """)
    void partitionsHaveThreeParts(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"'a'.split('')", "'a'.rsplit('')", "'a'.partition('')"})
    void emptySeparatorsAreRefused(String expression) {
        var failure = SmallTemplate.failureOf(expression);
        assertThat(failure.kind()).isEqualTo(Kind.VALUE);
        assertThat(failure).hasMessage("line 1: empty separator");
    }
}
