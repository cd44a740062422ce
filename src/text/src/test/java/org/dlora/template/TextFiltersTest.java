package org.dlora.template;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.template.sandbox.TemplateException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Filters whose result is a text, as in jinja2. */
class TextFiltersTest {

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    'one two three four'|truncate(13)        => one two three four
                    'one two three four'|truncate(12)        => one two...
                    'abcdefghij'|truncate(5)                 => abcdefghij
                    'abcdefghijk'|truncate(5)                => ab...
                    'abcdefghijk'|truncate(5, leeway=6)      => abcdefghijk
                    'foo bar baz'|truncate(9, true)          => foo bar baz
                    'foo bar baz'|truncate(9, leeway=0)      => foo...
                    'foo bar baz'|truncate(9, true, leeway=0) => foo ba...
                    'foo bar baz'|truncate(7, false, '', 0)  => foo
                    '😀😀 😀😀😀😀'|truncate(5, leeway=0)     => 😀😀...
                    [1, 2]|truncate(3)                       => [1, 2]
                    """)
    void truncationKeepsWholeWords(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    'a\\nb\\n\\nc'|indent              => `a\n    b\n\n    c`
                    'a\\nb\\n'|indent(2)               => `a\n  b\n`
                    'a\\nb'|indent(2, true)            => `  a\n  b`
                    'a\\n\\nb'|indent(2, blank=true)   => `a\n  \n  b`
                    '\\n'|indent(1, blank=true)        => `\n `
                    ''|indent(2, first=true)           => `  `
                    'a\\r\\nb'|indent('> ')            => `a\n> b`
                    'a\\nb'|indent(-3)                 => `a\nb`
                    """)
    void linesAreIndented(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    'a b_c-d é'|wordcount                    => 4
                    "don't"|wordcount                        => 2
                    'e\\u0301a'|wordcount                    => 2
                    '你好 世界'|wordcount                      => 2
                    '<a href="x">&\\'</a>'|e                 => &lt;a href=&#34;x&#34;&gt;&amp;&#39;&lt;/a&gt;
                    none|escape                              => None
                    'a b/c?d=é&😀~._-'|urlencode             => a%20b/c%3Fd%3D%C3%A9%26%F0%9F%98%80~._-
                    '%\\x7f\\n+'|urlencode                   => %25%7F%0A%2B
                    {'a b': 'c/d', 'e': 1}|urlencode         => a+b=c%2Fd&e=1
                    [('a', 1), ('b', '~ +')]|urlencode       => a=1&b=~+%2B
                    {}|urlencode                             => ``
                    ' x '|trim                               => x
                    'xxax'|trim('x')                         => a
                    'xyx'|trim(chars='x')                    => y
                    none|trim                                => None
                    """)
    void textsAreCountedAndEscaped(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    [1, none, true, 1.0, 2 ** 70]|tojson      => [1, null, true, 1.0, 1180591620717411303424]
                    [1e308 * 10, -1e308 * 10]|tojson          => [Infinity, -Infinity]
                    {1: 'a', 1.5: 'b', none: 'c', true: 'd'}|tojson => {"1": "d", "1.5": "b", "null": "c"}
                    {2 ** 70: 1, -0.5: 2, false: 3}|tojson    => {"1180591620717411303424": 1, "-0.5": 2, "false": 3}
                    ('a', [])|tojson                          => ["a", []]
                    [{}, []]|tojson(indent=2)                 => `[\n  {},\n  []\n]`
                    {'b': [1], 'a': 2}|tojson(indent=1)       => `{\n "b": [\n  1\n ],\n "a": 2\n}`
                    [1, 2]|tojson(indent=0)                   => `[\n1,\n2\n]`
                    [1]|tojson(indent=-1)                     => `[\n1\n]`
                    [1]|tojson(indent='\\t')                  => `[\n\t1\n]`
                    {'b': 1, 'a': {'d': 1, 'c': 2}}|tojson(sort_keys=true) => {"a": {"c": 2, "d": 1}, "b": 1}
                    {'a': [1, 2]}|tojson(separators=(',', ':')) => {"a":[1,2]}
                    '\\x1f"\\\\~é/'|tojson                 => "\\u001f\\"\\\\~é/"
                    '\\x7f\\u2028'|tojson|length            => 4
                    '~\\x7fé😀'|tojson(ensure_ascii=true)      => "~\\u007f\\u00e9\\ud83d\\ude00"
                    """)
    void jsonIsThatOfPython(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @Test
    void valuesWithoutJsonAreRefused() {
        for (var expression :
                new String[] {
                    "nope|tojson",
                    "[nope]|tojson",
                    "range(3)|tojson",
                    "{}.items()|tojson",
                    "namespace()|tojson",
                    "range|tojson",
                    "{1: 1, 'a': 2}|tojson(sort_keys=true)",
                }) {
            assertThat(SmallTemplate.failureOf(expression).kind())
                    .as(expression)
                    .isEqualTo(Kind.TYPE);
        }
        assertThat(SmallTemplate.failureOf("range(3)|tojson"))
                .hasMessage("line 1: Object of type range is not JSON serializable");
        assertThat(SmallTemplate.failureOf("1|tojson(separators=(',',))"))
                .hasMessage("line 1: tojson() separators are two strings, for items and for keys");
    }

    @Test
    void truncationNeedsRoomForItsEnd() {
        assertThat(SmallTemplate.failureOf("'abc'|truncate(2)"))
                .hasMessage("line 1: truncate expected length >= 3, got 2");
        assertThat(SmallTemplate.failureOf("5|truncate(3)").kind()).isEqualTo(Kind.TYPE);
    }

    @Test
    void queriesArePairs() {
        assertThat(SmallTemplate.failureOf("[(1, 2, 3)]|urlencode"))
                .hasMessage("line 1: urlencode needs pairs, got an element of length 3");
    }
}
