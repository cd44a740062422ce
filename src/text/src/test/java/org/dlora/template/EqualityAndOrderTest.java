package org.dlora.template;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.template.sandbox.TemplateException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ==}, {@code <} and {@code in} as in Python 3. */
class EqualityAndOrderTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[1, 2] == [1.0, true + 1]",
                "[1] != (1,)",
                "[1, 2] != [1]",
                "[1, 2] != [1, 3]",
                "(1, 'a') == (1, 'a')",
                "{'a': 1, 'b': 2} == {'b': 2, 'a': 1.0}",
                "{'a': 1} != {'a': 1, 'b': 2}",
                "{'a': 1} != {'b': 1}",
                "{'a': 1} != {'a': 2}",
                "{1: 2} == {true: 2}",
                "range(3) == range(0, 3)",
                "range(3) != [0, 1, 2]",
                "range(0) == range(1, 1)",
                "none != false",
                "nope == nope2",
                "nope != none",
                "none != nope",
                "'1' != 1",
                "2 ** 70 == 2.0 ** 70",
                "9007199254740993 != 9007199254740992.0",
            })
    void equalValuesMayBeOfOtherTypesOfNumbersOnly(String expression) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo("True");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[] < [1]",
                "[1, 2] < [1, 2, 0]",
                "not [1, 2] < [1, 2]",
                "[1, 2] > [1, 1, 9]",
                "(1, 2) <= (1, 2)",
                "not (1, 2) >= (1, 3)",
                "[[1, 'a']] < [[1, 'b']]",
                "'' < 'a'",
                "'ab' < 'abc'",
                "not 'abc' < 'ab'",
                "'B' < 'a'",
                "'z' < 'é'",
                "'Z' <= 'Z'",
                "'\\ue000' < '😀'",
                "'😀' > '\\uffff'",
                "'😀' < '😁'",
                "true < 2",
                "1 <= 1.0",
                "1 >= 1.0",
                "not 1 < 1.0",
                "9007199254740993 > 9007199254740992.0",
                "9007199254740992.0 < 9007199254740993",
                "2 ** 70 > 1e20",
                "1e300 > 2 ** 70",
                "-(2 ** 70) < 5",
                "5 > -(2 ** 70)",
                "1e308 * 10 > 2 ** 2000",
                "2 ** 2000 < 1e308 * 10",
                "-1e308 * 10 < -(2 ** 2000)",
                "1 < 3 > 2",
                "not 1 < 2 < 1",
            })
    void orderIsExactAndByCodePoint(String expression) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo("True");
    }

    @Test
    void nothingCompareWithNanExceptInequality() {
        assertThat(
                        SmallTemplate.rendered(
                                "{% set n = 'nan'|float %}{{ n == n }}{{ n != n }}{{ n < 1 }}"
                                        + "{{ n > 1 }}{{ n <= n }}{{ n >= n }}{{ 1 <= n }}{{ [n] < [n] }}"))
                .isEqualTo("FalseTrueFalseFalseFalseFalseFalseFalse");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'bc' in 'abc'",
                "'' in ''",
                "'d' not in 'abc'",
                "1 in [0, 1.0]",
                "1 in (2, true)",
                "'a' in {'a': none}",
                "1 not in {'a': 1}",
                "1 in {'a': 1}.values()",
                "'a' not in {'a': 1}.values()",
                "'a' in {'a': 1}.keys()",
                "1 not in {'a': 1}.keys()",
                "('a', 1) in {'a': 1}.items()",
                "2 in range(3)",
                "3 not in range(3)",
                "none in [none]",
                "2 in [1, 2]|map('abs')",
                "3 not in [1, 2]|map('abs')",
                "'a' not in nope",
                "nope not in [1]",
            })
    void membersAreFoundByEquality(String expression) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo("True");
    }

    @Test
    void aSearchConsumesAnIteratorUpToTheMember() {
        assertThat(
                        SmallTemplate.rendered(
                                "{% set i = [1, 2, 3]|map('abs') %}{{ 2 in i }}{{ i|list }}"))
                .isEqualTo("True[3]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[1] < ['a']",
                "[1] < (1,)",
                "{} < {}",
                "none < none",
                "range(2) < range(3)",
                "1 < none",
                "1 in 'abc'",
                "1 in 5",
                "1 in none",
                "[1] in {'a': 1}",
            })
    void otherComparisonsAreRefused(String expression) {
        assertThat(SmallTemplate.failureOf(expression).kind()).isEqualTo(Kind.TYPE);
    }

    @Test
    void comparisonsOfUndefinedValuesAreRefused() {
        for (var expression : new String[] {"nope < 1", "1 < nope", "'a' >= nope"}) {
            assertThat(SmallTemplate.failureOf(expression).kind()).isEqualTo(Kind.UNDEFINED);
        }
    }

    @Test
    void aFalsePairEndsAChain() {
        assertThat(SmallTemplate.printed("1 < 3 < 2 < nope")).isEqualTo("False");
    }

    @Test
    void nestedValuesAreComparedDownTo256Levels() {
        assertThat(SmallTemplate.rendered(nested(256) + "{{ a == b }}{{ a < b }}"))
                .isEqualTo("TrueFalse");
        for (var comparison : new String[] {"a == b", "a < b", "[a] == [b]"}) {
            assertThat(SmallTemplate.failure(nested(257) + "{{ " + comparison + " }}").kind())
                    .isEqualTo(Kind.LIMIT);
        }
        for (var value : new String[] {"{'k': ns.x}", "(ns.x,)"}) {
            assertThat(SmallTemplate.rendered(nested(256, value) + "{{ a == b }}"))
                    .isEqualTo("True");
            assertThat(SmallTemplate.failure(nested(257, value) + "{{ a == b }}").kind())
                    .isEqualTo(Kind.LIMIT);
        }
    }

    private static String nested(int levels) {
        return nested(levels, "[ns.x]");
    }

    /** Sets {@code a} and {@code b} to a value that is nested {@code levels} deep. */
    private static String nested(int levels, String value) {
        var set = new StringBuilder("{% set ns = namespace() %}");
        for (var name : new String[] {"a", "b"}) {
            set.append(
                    "{%% set ns.x = 1 %%}{%% for i in range(%d) %%}{%% set ns.x = %s %%}{%% endfor %%}{%% set %s = ns.x %%}"
                            .formatted(levels, value, name));
        }
        return set.toString();
    }
}
