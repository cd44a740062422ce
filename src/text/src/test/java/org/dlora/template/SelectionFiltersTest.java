package org.dlora.template;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.template.sandbox.TemplateException.Kind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Filters that take sequences apart or apply another filter or test to items, as in jinja2. */
class SelectionFiltersTest {

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    ['a', ' b ']|map('trim')|list                     => ['a', 'b']
                    ['ab', 'cd']|map('replace', 'a', 'x')|list        => ['xb', 'cd']
                    [1.55]|map('round', precision=1, method='floor')|list => [1.5]
                    [[1, 2], [3, 4]]|map(attribute=1)|list            => [2, 4]
                    [{'a': {'b': [5]}}]|map(attribute='a.b.0')|list   => [5]
                    [{'a': 1}, {}]|map(attribute='a', default=0)|list => [1, 0]
                    [{}]|map(attribute='a.b', default={'b': 2})|list  => [2]
                    []|map('nope')|list                               => []
                    """)
    void mapAppliesAFilterOrTakesAnAttribute(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    [0, 1, '', none, 'a']|select|list            => [1, 'a']
                    [0, 1, 2]|reject|list                        => [0]
                    [1, 2, 3, 4]|select('even')|list             => [2, 4]
                    [1, 2, 3, 4]|reject('gt', 2)|list            => [1, 2]
                    [1, 2, 3]|select('in', [1, 3])|list          => [1, 3]
                    [1, 2, 3]|select('>=', 2)|list               => [2, 3]
                    [1, 2, 3]|reject('!=', 2)|list               => [2]
                    []|select('nope')|list                       => []
                    [{'a': 1}, {'a': 0}, {}]|selectattr('a')|list => [{'a': 1}]
                    [{'a': 1}, {'a': 0}]|rejectattr('a')|list    => [{'a': 0}]
                    [{'a': 1}, {'a': 2}]|selectattr('a', 'eq', 2)|list => [{'a': 2}]
                    [{'a': 1}, {'a': 2}]|rejectattr('a', 'lt', 2)|list => [{'a': 2}]
                    [{'a': {'b': 1}}, {'a': {}}]|selectattr('a.b', 'defined')|list => [{'a': {'b': 1}}]
                    [[0, 1], [1, 0]]|selectattr(1)|list          => [[0, 1]]
                    """)
    void selectionsGoByATestOrByTruth(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    [1, 2, 3, 4, 5]|batch(2)|list       => [[1, 2], [3, 4], [5]]
                    [1, 2, 3, 4]|batch(2, 0)|list       => [[1, 2], [3, 4]]
                    [1, 2, 3]|batch(2, 0)|list          => [[1, 2], [3, 0]]
                    [1, 2, 3]|batch(2, none)|list       => [[1, 2], [3]]
                    [1, 2]|batch(0)|list                => [[], [1, 2]]
                    []|batch(2, 0)|list                 => []
                    [1, 2, 3, 4, 5, 6, 7]|slice(3)|list => [[1, 2, 3], [4, 5], [6, 7]]
                    [1, 2, 3, 4]|slice(3, 'x')|list     => [[1, 2], [3, 'x'], [4, 'x']]
                    [1]|slice(3)|list                   => [[1], [], []]
                    [1, 2]|slice(-1)|list               => []
                    ['a', 'b']|first                    => a
                    {'a': 1}|first                      => a
                    []|first is defined                 => False
                    (1, 2)|last                         => 2
                    {'a': 1, 'b': 2}|last               => b
                    []|last is defined                  => False
                    'añ😀b'|reverse                     => b😀ña
                    {'a': 1, 'b': 2}|reverse|list       => ['b', 'a']
                    nope|items|list                     => []
                    none|default('d')                   => None
                    0|default('d', true)                => d
                    ''|d('d', boolean=true)             => d
                    nope|default                        => ``
                    'abc'|attr('upper') is callable     => True
                    {'k': 1}|attr('k') is defined       => False
                    namespace(x=1)|attr('x')            => 1
                    [1, none, 'a']|join('-')            => 1-None-a
                    [{'n': 1}, {'n': 2}]|join('/', 'n') => 1/2
                    """)
    void sequencesAreTakenApart(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[1]|map('nope')|list",
                "[1]|map|list",
                "[1]|select('nope')|list",
                "[1]|selectattr|list",
                "[1]|selectattr('a', 'nope')|list",
                "[1]|slice(0)|list",
            })
    void filtersAndTestsNeedAName(String expression) {
        assertThat(SmallTemplate.failureOf(expression).kind()).isEqualTo(Kind.VALUE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "5|map('string')|list",
                "5|select|list",
                "5|first",
                "5|last",
                "5|list",
                "5|join",
                "[1]|map('string')|last",
                "'a'|attr(1)",
            })
    void otherValuesAreRefused(String expression) {
        assertThat(SmallTemplate.failureOf(expression).kind()).isEqualTo(Kind.TYPE);
    }
}
