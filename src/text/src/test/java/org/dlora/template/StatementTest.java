package org.dlora.template;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.template.sandbox.TemplateException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tags of a template: branches, loops, assignments and macros, as in jinja2. */
class StatementTest {

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    {% if 0 %}a{% elif 1 %}b{% elif 1 %}c{% else %}d{% endif %} => b
                    {% if '' or [] or {} or () or none or 0.0 %}a{% else %}b{% endif %} => b
                    {% if {}.items() or range(0) or nope %}a{% else %}b{% endif %} => b
                    {% if {'a': 1}.keys() and [0] and 2 ** 70 and namespace() %}a{% endif %} => a
                    {% if 1: %}a{% endif %}{% if 0: %}{% else: %}b{% endif %} => ab
                    {% if 1, 2 %}a{% endif %}{% if () %}b{% endif %} => a
                    {% if true %}{% set a = 1 %}{% endif %}{{ a }}       => 1
                    {% for x in [1] %}{% set y = 2 %}{% endfor %}{{ y is defined }} => False
                    {% set x = 0 %}{% for i in [1, 2] %}{% set x = x + 1 %}{{ x }}{% endfor %}{{ x }} => 110
                    {% with a = 1, b = 2 %}{{ a }}{{ b }}{% endwith %}{{ a is defined }} => 12False
                    {% set a = 1 %}{% with a = 2, b = a %}{{ b }}{% endwith %} => 1
                    {% with (a, b) = [1, 2] %}{{ b }}{% endwith %}       => 2
                    {% set a, (b, c) = 1, [2, 3] %}{{ a }}{{ b }}{{ c }} => 123
                    {% set a, b = b, 1 if b is defined else 2 %}{{ b }}  => 2
                    {% set a %}x{{ 1 }}{% endset %}{{ a|length }}        => 2
                    {% set a | replace('x', 'y') | upper %}x{% endset %}{{ a }} => Y
                    {% set a %}{% set b = 1 %}{% endset %}{{ b is defined }} => False
                    {% set ns = namespace() %}{% set ns.a %}x{% endset %}{{ ns.a }} => x
                    {% set ns = namespace() %}{% set ns.a, ns.b = 1, 2 %}{{ ns.b }} => 2
                    {% filter replace('a', 'b') | upper %}a{% endfilter %} => B
                    {% print 1 %}{% print 2, 3 %}                        => 123
                    """)
    void blocksAndAssignments(String template, String expected) {
        assertThat(SmallTemplate.rendered(template)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    {% for x in [1, 2, 3] %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.length }} {% endfor %} => `10323 21213 32103 `
                    {% for x in [1, 2, 3] if x != 2 %}{{ loop.index }}{{ loop.revindex }}{{ loop.length }}{{ loop.last }} {% endfor %} => `122False 212True `
                    {% for x in [1, 2, 3]|map('abs') %}{{ loop.nextitem }}{{ loop.length }}{{ x }} {% endfor %} => `231 332 33 `
                    {% for x in [1, 2] %}{{ loop.previtem is defined }}{{ loop.nextitem is defined }} {% endfor %} => `FalseTrue TrueFalse `
                    {% for x in [1, 1, 2, 2] %}{{ loop.changed(x) }} {% endfor %} => `True False True False `
                    {% for x in [1, 2] %}{{ loop.changed() }} {% endfor %} => `True False `
                    {% for x in [1, 2, 3, 4] %}{{ loop.cycle('a', 'b', 'c') }}{% endfor %} => abca
                    {% for x in [1, 2] %}{% for y in [3] %}{{ loop.index }}{% endfor %}{{ loop.index }}{% endfor %} => 1112
                    {% for x in [1] %}{% set outer = loop %}{% for y in [3, 4] %}{{ outer.index }}{{ loop.index }} {% endfor %}{% endfor %} => `11 12 `
                    {% for x in [1] %}{{ loop.depth }}{{ loop.depth0 }}{{ loop.nope is defined }}{{ loop|length }}{% endfor %} => 10False1
                    {% for x in nope %}a{% else %}b{{ loop is defined }}{% endfor %} => bFalse
                    {% for x in [1, 2, 3] %}{% if x == 2 %}{% break %}{% endif %}{{ x }}{% else %}e{% endfor %} => 1
                    {% for x in [1, 2] %}{% break %}{% else %}e{% endfor %} => e
                    {% for x in [1, 2] %}{% continue %}{% else %}e{% endfor %} => e
                    {% for x in [1] %}{% for y in [1, 2] %}{% break %}{% endfor %}{{ x }}{% endfor %} => 1
                    {% for x in [1, 2] %}{% for y in [] %}{% else %}{% break %}{% endfor %}{{ x }}{% endfor %} => ``
                    {% for x in [1, 2, 3] %}{% with y = x %}{% if y == 2 %}{% continue %}{% endif %}{{ y }}{% endwith %}{% endfor %} => 13
                    {% for x in [1, 2] %}{% set b %}a{% if x == 1 %}{% continue %}{% endif %}{% endset %}{{ b }}{{ x }}{% endfor %} => a2
                    {% for x in [1, 2] %}{% filter upper %}a{% if x == 2 %}{% break %}{% endif %}{% endfilter %}{{ x }}{% endfor %} => A1
                    {% for x in 1, 2 %}{{ x }}{% endfor %}{% for x in [1]: %}{{ x }}{% endfor %} => 121
                    {% for x in [1, 2, 3] if x > 1 if true else false %}{{ x }}{% endfor %} => 23
                    {% for k, v in {'a': 1}|items %}{{ k }}{{ v }}{% endfor %}{% for a, b in ['xy'] %}{{ b }}{% endfor %} => a1y
                    """)
    void loops(String template, String expected) {
        assertThat(SmallTemplate.rendered(template)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    {% macro f(a, b=2, c=b) %}{{ a }}{{ b }}{{ c }} {% endmacro %}{{ f(1) }}{{ f(1, 3) }}{{ f(1, c=4) }}{{ f(c=1, a=2) }}{{ f() }} => `122 133 124 221 22 `
                    {% macro f(a) %}{{ a is defined }}{% endmacro %}{{ f() }}{{ f(none) }} => FalseTrue
                    {% macro f(a) %}{{ kwargs }}{% endmacro %}{{ f(1, b=2) }} => {'b': 2}
                    {% macro f(a) %}{{ varargs }}{% endmacro %}{{ f(1, 2, 3) }}{{ f(1) }} => (2, 3)()
                    {% macro f(a) %}{{ a }}{% endmacro %}{{ f(*[1]) }}{{ f(**{'a': 2}) }} => 12
                    {% macro f() %}{{ caller(1) }}{% endmacro %}{% call(a, b=3) f() %}{{ a }}{{ b }}{% endcall %} => 13
                    {% macro f() %}{{ caller is defined }}{% endmacro %}{{ f() }}{% call f() %}{% endcall %} => FalseTrue
                    {% macro f(caller=none) %}{{ caller is none }}{% endmacro %}{{ f() }}{% call f() %}{% endcall %} => TrueFalse
                    {% macro f() %}{% macro g() %}{{ caller is defined }}{% endmacro %}{{ g() }}{% endmacro %}{% call f() %}{% endcall %} => False
                    {% macro f(x) %}{{ varargs }}{{ kwargs }}{{ caller() }}{% endmacro %}{{ f.name }}{{ f.catch_kwargs }}{{ f.catch_varargs }}{{ f.caller }} => fTrueTrueTrue
                    {% macro f(x) %}{% endmacro %}{{ f.catch_kwargs }}{{ f.catch_varargs }}{{ f.caller }}{{ f.nope is defined }} => FalseFalseFalseFalse
                    {% set v = 1 %}{% macro f() %}{{ v }}{% set v = 3 %}{% endmacro %}{% set v = 2 %}{{ f() }}{{ v }} => 22
                    {% macro f(n) %}{% if n < 2 %}1{% else %}{{ n * f(n - 1)|int }}{% endif %}{% endmacro %}{{ f(5) }} => 120
                    {% for x in [1, 2] %}{% macro f() %}{{ x }}{% endmacro %}{{ f() }}{% endfor %} => 12
                    """)
    void macros(String template, String expected) {
        assertThat(SmallTemplate.rendered(template)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% macro f(a) %}{% endmacro %}{{ f(1, 2) }}",
                "{% macro f(a) %}{% endmacro %}{{ f(1, a=2) }}",
                "{% macro f(a) %}{% endmacro %}{{ f(z=2) }}",
                "{% macro f() %}x{% endmacro %}{% call f() %}y{% endcall %}",
                "{% macro f() %}{{ caller(1) }}{% endmacro %}{% call f() %}x{% endcall %}",
                "{% for x in 5 %}{% endfor %}",
                "{% for x in none %}{% endfor %}",
                "{% for x, y in [1] %}{% endfor %}",
                "{% for x in [1] %}{{ loop.cycle() }}{% endfor %}",
                "{{ dict(**[1]) }}",
                "{{ dict(**{1: 2}) }}",
                "{{ dict(a=1, **{'a': 2}) }}",
                "{{ range(*5) }}",
                "{{ 5() }}",
                "{{ 'a'() }}",
                "{{ cycler('a')() }}",
            })
    void callsAndLoopsNeedTheirTypes(String template) {
        var failure = SmallTemplate.failure(template);
        assertThat(failure.kind()).isIn(Kind.TYPE, Kind.VALUE);
        assertThat(failure.line()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% set a, b = [1] %}",
                "{% for x, y in [(1, 2, 3)] %}{% endfor %}",
                "{% set d = {} %}{% set d.x = 1 %}",
                "{% set ns.a = 1 %}",
            })
    void assignmentsNeedPlacesForTheirValues(String template) {
        assertThat(SmallTemplate.failure(template).kind()).isEqualTo(Kind.VALUE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% if %}{% endif %}",
                "{% if 1 2 %}{% endif %}",
                "{% if 1 %}a{% endfor %}",
                "{% if 1 %}a",
                "{% if 1 %}{% else %}{% elif 1 %}{% endif %}",
                "{% else %}",
                "{% endif %}",
                "{% endnope %}",
                "{% nope %}",
                "{% %}",
                "{% 5 %}",
                "{% for x [1] %}{% endfor %}",
                "{% for in [1] %}{% endfor %}",
                "{% for x in %}{% endfor %}",
                "{% for x in [1] if %}{% endfor %}",
                "{% for x.y in [1] %}{% endfor %}",
                "{% for none in [1] %}{% endfor %}",
                "{% set = 1 %}",
                "{% set a = %}",
                "{% set a b = 1 %}",
                "{% set 'a' = 1 %}",
                "{% set a[0] = 1 %}",
                "{% set true = 1 %}",
                "{% set a %}",
                "{% with a = 1 b = 2 %}{% endwith %}",
                "{% with a.b = 1 %}{% endwith %}",
                "{% filter %}a{% endfilter %}",
                "{% filter nope %}a{% endfilter %}",
                "{% set a | nope %}x{% endset %}",
                "{% macro f %}{% endmacro %}",
                "{% macro 5() %}{% endmacro %}",
                "{% macro f(a=1, b) %}{% endmacro %}",
                "{% macro f(a.b) %}{% endmacro %}",
                "{% macro f(a,) %}{% endmacro %}",
                "{% call 5 %}{% endcall %}",
                "{% call f %}{% endcall %}",
                "{% break %}",
                "{% for x in [] %}{% else %}{% continue %}{% endfor %}",
                "{% for x in [1] %}{% macro f() %}{% break %}{% endmacro %}{% endfor %}",
                "{% for x in [1] %}{% call f() %}{% continue %}{% endcall %}{% endfor %}",
                "{% for x in [1] %}{% generation %}{% break %}{% endgeneration %}{% endfor %}",
            })
    void malformedTagsAreRefused(String template) {
        assertThat(SmallTemplate.failure(template).kind()).isEqualTo(Kind.SYNTAX);
    }

    @Test
    void aLoopEndsWhereItsTagDoes() {
        assertThat(
                        SmallTemplate.failure(
                                        "{% for x in [1] %}{% macro f() %}{% endmacro %}{% break %}{% endfor %}{% break %}")
                                .kind())
                .isEqualTo(Kind.SYNTAX);
        assertThat(
                        SmallTemplate.rendered(
                                "{% for x in [1, 2] %}{% macro f() %}{% endmacro %}{% break %}{% endfor %}a"))
                .isEqualTo("a");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "block a",
                "extends 'x'",
                "include 'x'",
                "import 'x' as y",
                "from 'x' import y",
                "autoescape true"
            })
    void tagsThatChatTemplatesLackAreNamed(String tag) {
        assertThat(SmallTemplate.failure("a\n{% " + tag + " %}"))
                .hasMessage(
                        "line 2: the tag '"
                                + tag.substring(0, tag.indexOf(' '))
                                + "' is not supported in chat templates");
    }

    @Test
    void recursiveLoopsAreRefusedWithAdvice() {
        assertThat(SmallTemplate.failure("{% for x in [1] recursive %}{% endfor %}"))
                .hasMessageEndingWith("use a macro that calls itself");
    }

    @Test
    void anUnknownFilterFailsAtOnceOutsideABranchOnly() {
        assertThat(SmallTemplate.failureOf("1|nope").kind()).isEqualTo(Kind.SYNTAX);
        assertThat(SmallTemplate.failureOf("1 is nope").kind()).isEqualTo(Kind.SYNTAX);
        assertThat(SmallTemplate.failure("{{ 1|nope }}{% if 1 %}{% endif %}").kind())
                .isEqualTo(Kind.SYNTAX);
        assertThat(SmallTemplate.failure("{% for x in [] %}{{ x|nope }}{% endfor %}").kind())
                .isEqualTo(Kind.SYNTAX);
        assertThat(SmallTemplate.rendered("{% if 0 %}{{ 1|nope }}{% endif %}a")).isEqualTo("a");
        assertThat(SmallTemplate.printed("2 if true else 1|nope")).isEqualTo("2");
        assertThat(SmallTemplate.failureOf("(1|nope) if true else 2").kind()).isEqualTo(Kind.VALUE);
        assertThat(SmallTemplate.failure("{{ 1|nope }}{{ 1 if 1 else 2 }}").kind())
                .isEqualTo(Kind.SYNTAX);
    }
}
