package org.dlora.template;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.template.sandbox.TemplateException.Kind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Padding, stripping, replacing and letter case of texts, as in Python 3. */
class TextShapeTest {

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    'x'.center(4)               => ` x  `
                    'xy'.center(5)              => `  xy `
                    'xy'.center(6, '*')         => **xy**
                    '😀'.center(3, '-')         => -😀-
                    'x'.ljust(3, '.')           => x..
                    'x'.rjust(3, '😀')          => 😀😀x
                    'abc'.rjust(2)              => abc
                    '-5'.zfill(5)               => -0005
                    '+5'.zfill(4)               => +005
                    '--5'.zfill(6)              => -000-5
                    ''.zfill(2)                 => 00
                    'a\\tb'.expandtabs()        => `a       b`
                    'ab\\tc'.expandtabs(2)      => `ab  c`
                    'a\\n\\tb'.expandtabs(3)    => `a\n   b`
                    'a\\r\\tb'.expandtabs(3)    => `a\r   b`
                    'ab\\tc\\td'.expandtabs(4)  => `ab  c   d`
                    '😀\\tx'.expandtabs(4)      => `😀   x`
                    'a\\tb'.expandtabs(0)       => ab
                    'a\\tb'.expandtabs(-1)      => ab
                    'x'|center(4)               => ` x  `
                    5|center(3)                 => ` 5 `
                    """)
    void widthsAreOfCharacters(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    'xyabcyx'.strip('xy')           => abc
                    'abc'.lstrip('ba')              => c
                    'abc'.rstrip('bc')              => a
                    'aaa'.strip('a')                => ``
                    'abc'.strip('')                 => abc
                    '😀a😀'.strip('😀')             => a
                    '\\u2003\\x1ca\\x85\\u3000'.strip() => a
                    '\\u200ba'.strip()|length       => 2
                    ' a '.strip(none)               => a
                    'abab'.removeprefix('ab')       => ab
                    'abab'.removesuffix('ab')       => ab
                    'abc'.removesuffix('')          => abc
                    'abc'.removeprefix('bc')        => abc
                    """)
    void endsAreStripped(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    'abcabc'.replace('b', 'X', 1)   => aXcabc
                    'aaa'.replace('aa', 'b')        => ba
                    'abc'.replace('b', 'X', 0)      => abc
                    'abb'.replace('b', '', -1)      => a
                    'abc'.replace('', '-')          => -a-b-c-
                    'abc'.replace('', '-', 2)       => -a-bc
                    'abc'.replace('', '-', 4)       => -a-b-c-
                    'abc'.replace('', '-', 0)       => abc
                    ''.replace('', 'x')             => x
                    '😀b'.replace('', '-')          => -😀-b-
                    121|replace(1, 'x')             => x2x
                    'aaa'|replace('a', 'b', count=2) => bba
                    """)
    void occurrencesAreReplacedFromTheLeft(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    "it's 3rd x2y ǆ ß".title()      => It'S 3Rd X2Y ǅ Ss
                    "it's 3rd a_b/c"|title          => It's 3rd A_b/c
                    'a-b (c [d {e <f g'|title       => A-B (C [D {E <F G
                    'ab\\tcD'|title                 => Ab\tCd
                    'ΑΣ ΑΣΑ'.title()                => Ας Ασα
                    'ΑΒΣ'|title                     => Αβς
                    'ΑΣ'.capitalize()               => Ας
                    'İA'.capitalize()               => İa
                    'ﬁsh'.capitalize()              => Fish
                    'ßA'.capitalize()               => Ssa
                    'straße'.upper()                => STRASSE
                    'ΑΣ'.lower()                    => ας
                    'ας Maße'.casefold()            => ασ masse
                    'aBßǅ1'.swapcase()              => AbSSǅ1
                    """)
    void lettersChangeCase(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'AB1'.isupper()",
                "not 'aB'.isupper()",
                "not '1'.isupper()",
                "not 'Aǅ'.isupper()",
                "'ab1'.islower()",
                "not 'aB'.islower()",
                "not 'aǅ'.islower()",
                "not ''.islower()",
                "'Ab Cd'.istitle()",
                "'A1B'.istitle()",
                "not 'A1b'.istitle()",
                "not 'AB'.istitle()",
                "not '1'.istitle()",
                "'\\x7f'.isascii()",
                "not '\\x80'.isascii()",
                "''.isascii()",
                "''.isprintable()",
                "not 'a\\nb'.isprintable()",
                "not '\\xa0'.isprintable()",
                "not '\\xad'.isprintable()",
                "not '\\ue000'.isprintable()",
                "'😀 é'.isprintable()",
                "'_a1'.isidentifier()",
                "not '1a'.isidentifier()",
                "not ''.isidentifier()",
                "not 'a b'.isidentifier()",
                "'\\x1c\\x1f\\x85\\xa0\\u1680\\u2000\\u200a\\u2028\\u205f\\u3000'.isspace()",
                "not '\\x1b'.isspace()",
                "not '\\u200b'.isspace()",
                "not '\\u1fff'.isspace()",
                "not ''.isspace()",
                "'é一ª'.isalpha()",
                "not 'a1'.isalpha()",
                "'a1½Ⅷ'.isalnum()",
                "not 'a_'.isalnum()",
                "'٣12'.isdigit()",
                "not '½'.isdigit()",
                "not ''.isdigit()",
                "'½²Ⅷ'.isnumeric()",
                "not '1.5'.isnumeric()",
                "not '²'.isdecimal()",
            })
    void charactersHaveClasses(String expression) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo("True");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'x'.center(4, 'ab')",
                "'x'.ljust(4, '')",
                "'abc'.zfill('5')",
                "'abc'.strip(1)",
                "'abc'.strip('a', 'b')",
                "'abc'.replace('b')",
                "'abc'.replace('b', 1)",
                "'abc'.upper(1)",
                "'abc'.isupper(1)",
                "', '.join(['a', 1])",
                "', '.join(1)",
            })
    void otherArgumentsAreRefused(String expression) {
        assertThat(SmallTemplate.failureOf(expression).kind()).isEqualTo(Kind.TYPE);
    }
}
