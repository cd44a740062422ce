package org.dlora.template;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.template.sandbox.TemplateException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Filters that compare items with each other, as in jinja2. */
class OrderFiltersTest {

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    ['b', 'A', 'c']|sort                          => ['A', 'b', 'c']
                    ['b', 'A', 'c', 'B']|sort(case_sensitive=true) => ['A', 'B', 'b', 'c']
                    ['a', 'A', 'b', 'B']|sort                     => ['a', 'A', 'b', 'B']
                    ['A', 'a', 'b']|sort(reverse=true)            => ['b', 'A', 'a']
                    [1.5, true, 0]|sort                           => [0, True, 1.5]
                    'bca'|sort                                    => ['a', 'b', 'c']
                    {'b': 1, 'a': 2}|sort                         => ['a', 'b']
                    [none, none]|sort                             => [None, None]
                    [{}, {}]|sort                                 => [{}, {}]
                    [[2, 'a'], [1, 'b']]|sort(attribute=0)        => [[1, 'b'], [2, 'a']]
                    [{'a': 1, 'b': 2}, {'a': 1, 'b': 1}, {'a': 0}]|sort(attribute='a')|map(attribute='b')|list => [Undefined, 2, 1]
                    [{'a': 1, 'b': 2}, {'a': 1, 'b': 1}]|sort(attribute='a,b') => [{'a': 1, 'b': 1}, {'a': 1, 'b': 2}]
                    [{'a': {'b': 2}}, {'a': {'b': 1}}]|sort(attribute='a.b') => [{'a': {'b': 1}}, {'a': {'b': 2}}]
                    """)
    void sortingIsStableAndIgnoresCase(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    {'b': 1, 'A': 3, 'c': 2}|dictsort              => [('A', 3), ('b', 1), ('c', 2)]
                    {'b': 1, 'A': 3, 'B': 2}|dictsort(true)        => [('A', 3), ('B', 2), ('b', 1)]
                    {'b': 1, 'A': 3, 'c': 2}|dictsort(by='value')  => [('b', 1), ('c', 2), ('A', 3)]
                    {'a': 1, 'b': 2}|dictsort(false, 'value', true) => [('b', 2), ('a', 1)]
                    {'a': 'B', 'b': 'a'}|dictsort(by='value')      => [('b', 'a'), ('a', 'B')]
                    """)
    void mappingsAreSortedByKeyOrValue(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    ['b', 'A', 'c']|min                           => A
                    ['b', 'A', 'B']|max                           => b
                    ['a', 'B']|min(true)                          => B
                    [1.0, 1, 0.5]|max                             => 1.0
                    [1.0, 1, 2]|min                               => 1.0
                    [{'a': 1}, {'a': 3}, {'a': 2}]|max(attribute='a') => {'a': 3}
                    {'a': 1, 'b': 0}|max                          => b
                    []|min is defined                             => False
                    """)
    void theFirstOfEqualExtremesIsTaken(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    ['a', 'A', 'b', 'a']|unique|list                => ['a', 'b']
                    ['a', 'A', 'a']|unique(true)|list               => ['a', 'A']
                    [1, 1.0, true, 2, '1']|unique|list              => [1, 2, '1']
                    [{'a': 1}, {'a': 2}, {'a': 1}]|unique(attribute='a')|list => [{'a': 1}, {'a': 2}]
                    [none, none]|unique|list                        => [None]
                    """)
    void uniqueKeepsTheFirstOfEach(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    [[1, 'a'], [2, 'b'], [1, 'c']]|groupby(0)          => [(1, [[1, 'a'], [1, 'c']]), (2, [[2, 'b']])]
                    [{'k': 'b'}, {'k': 'A'}, {'k': 'a'}]|groupby('k')  => [('A', [{'k': 'A'}, {'k': 'a'}]), ('b', [{'k': 'b'}])]
                    [{'k': 'a'}, {'k': 'A'}]|groupby('k', case_sensitive=true) => [('A', [{'k': 'A'}]), ('a', [{'k': 'a'}])]
                    [{'k': 'b'}, {}]|groupby('k', default='a')         => [('a', [{}]), ('b', [{'k': 'b'}])]
                    ([{'k': 1}]|groupby('k'))[0].grouper               => 1
                    ([{'k': 1}]|groupby('k'))[0].list                  => [{'k': 1}]
                    []|groupby('k')                                    => []
                    """)
    void groupsAreInTheOrderOfTheirKeys(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[1, 'a']|sort",
                "[1, 'a']|min",
                "5|sort",
                "{1: 1, 'a': 2}|dictsort",
                "['x', none]|max",
            })
    void itemsWithoutAnOrderAreRefused(String expression) {
        assertThat(SmallTemplate.failureOf(expression).kind()).isEqualTo(Kind.TYPE);
    }

    @Test
    void absentAttributesHaveNoOrder() {
        for (var expression :
                new String[] {
                    "[{'a': 1}, {}]|groupby('a')",
                    "[{'a': 1}, {}]|max(attribute='a')",
                    "[]|max + 1",
                }) {
            assertThat(SmallTemplate.failureOf(expression).kind()).isEqualTo(Kind.UNDEFINED);
        }
    }

    @Test
    void mappingsAreSortedByNothingElse() {
        assertThat(SmallTemplate.failureOf("{'a': 1}|dictsort(by='nope')"))
                .hasMessage("line 1: You can only sort by either \"key\" or \"value\"");
    }
}
