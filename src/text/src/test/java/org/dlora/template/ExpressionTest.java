package org.dlora.template;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.template.sandbox.TemplateException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Precedence, access, calls and tests in expressions, as in jinja2. */
class ExpressionTest {

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    1 + 2 * 3 - 4 / 2              => 5.0
                    -2 ** 2                        => 4
                    100 // 7 // 2                  => 7
                    2 * 3 % 4                      => 2
                    1 ~ 2 * 3                      => 16
                    'a' ~ 'b' == 'ab'              => True
                    1 - -1                         => 2
                    1+-+1                          => 0
                    -1|abs                         => 1
                    2 - 1|abs                      => 1
                    not 1 == 2                     => True
                    not true and false             => False
                    not not 1                      => True
                    not 1 in [2]                   => True
                    1 and 0 or 2                   => 2
                    '' or [] or 'z'                => z
                    0 and nope.x                   => 0
                    1 or nope.x                    => 1
                    1 if 0 else 2 if 0 else 3      => 3
                    1 if true if true else 2       => 1
                    (1 if false) is defined        => False
                    1 if 1 else nope.x             => 1
                    [1 if 0 else 2, 3]             => [2, 3]
                    'abc'|replace('a', 'b')|upper  => BBC
                    'abc'.upper().lower()[1:]      => bc
                    ('abc'|upper)[0]               => A
                    1 < 2 and 2 < 3                => True
                    """)
    void operatorsBindAsInJinja(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    {'a': {'b': 1}}.a.b                  => 1
                    {'items': 5}['items']                => 5
                    {'items': 5}.items is callable       => True
                    {'get': 5}.get('get')                => 5
                    {'a': 1}.get('b')                    => None
                    {'a': 1}.get('b', 2)                 => 2
                    {'a': none}.get('a', 2)              => None
                    'abc'['upper']()                     => ABC
                    'abc'['nope'] is defined             => False
                    5['a'] is defined                    => False
                    none.a is defined                    => False
                    {'a': 1}.copy()                      => {'a': 1}
                    [1].copy()                           => [1]
                    [1, true, 2].count(1)                => 2
                    (1, 2, 1).count(1)                   => 2
                    ['a', 'b'].index('b')                => 1
                    (2, 1).index(1)                      => 1
                    {'a': 1, 'b': 2}.values()|list       => [1, 2]
                    namespace({'a': 1}, b=2).a           => 1
                    namespace([('x', 2)])['x']           => 2
                    dict({'a': 1}, b=2, a=3)             => {'a': 3, 'b': 2}
                    dict([('a', 1), ['b', 2]])           => {'a': 1, 'b': 2}
                    dict(['ab'])                         => {'a': 'b'}
                    dict(*[{'a': 1}], b=2, **{'c': 3})   => {'a': 1, 'b': 2, 'c': 3}
                    range(true)|list                     => [0]
                    range(10, 0, -3)|list                => [10, 7, 4, 1]
                    range(0, 7, 3)|list                  => [0, 3, 6]
                    range(0, 6, 3)|list                  => [0, 3]
                    range(5, 2)|list                     => []
                    range(100000)|length                 => 100000
                    """)
    void membersAndGlobalFunctions(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "4 is divisibleby(2) and 4.0 is divisibleby 2 and 3 is not divisibleby 2",
                "3 is odd and -3 is odd and 3.0 is odd and true is odd",
                "0 is even and 2.0 is even and (2 ** 70) is even and 1.5 is not even",
                "1.5 is not odd",
                "true is boolean and 1 is not boolean and 1 is not true and 0 is not false",
                "true is not integer and (2 ** 70) is integer and 1.0 is not integer",
                "true is number and '1' is not number and 1.0 is float and 1 is not float",
                "{} is mapping and {}.items() is not mapping",
                "'a' is sequence and {} is sequence and nope is sequence and range(2) is sequence",
                "{}.items() is not sequence and 1 is not sequence and none is not sequence",
                "([1]|map('abs')) is not sequence and ([1]|map('abs')) is iterable",
                "'a' is iterable and () is iterable and {} is iterable and {}.keys() is iterable",
                "1 is not iterable and none is not iterable and namespace() is not iterable",
                "range is callable and 'a'.upper is callable and 1 is not callable",
                "nope is undefined and none is defined and none is none and nope is not none",
                "'a1' is lower and 'aB' is not lower and true is not upper and 'A' is upper",
                "1 is sameas 1 and true is not sameas 1 and [] is not sameas []",
                "'a' is sameas 'a' and none is sameas none and 1.5 is not sameas 1",
                "'upper' is filter and 'nope' is not filter and 1 is not filter",
                "'odd' is test and '==' is test and 'nope' is not test",
                "1 is in [1] and 1 is not in [2] and 'a' is in 'abc'",
                "1 is eq 1 and 1 is ne 2 and 1 is equalto 1.0",
                "1 is lt 2 and not 2 is lt 2 and 1 is lessthan 2 and not 2 is lessthan 2",
                "2 is gt 1 and not 2 is gt 2 and 2 is greaterthan 1 and not 2 is greaterthan 2",
                "2 is le 2 and not 3 is le 2 and 2 is ge 2 and not 1 is ge 2",
            })
    void testsHold(String expression) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo("True");
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    {% set c = cycler('a', 'b', 'c') %}{{ c.next() }}{{ c.current }}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.reset() }}{{ c.current }} => abbcaNonea
                    {% set j = joiner() %}{{ j() }}a{{ j() }}b{{ j() }}c => a, b, c
                    {% set j = joiner('|') %}{{ j() }}{{ j() }}          => |
                    {% set a = [1] %}{% set b = a %}{{ a is sameas b }}{{ a is sameas [1] }} => TrueFalse
                    {% set ns = namespace(a=1) %}{% set ns.a = ns.a + 1 %}{{ ns.a }}{{ ns.b is defined }} => 2False
                    """)
    void globalsKeepTheirState(String template, String expected) {
        assertThat(SmallTemplate.rendered(template)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1 2",
                "1 if",
                "1 if true else",
                "1 not [1]",
                "1 <",
                "* 2",
                "1 = 2",
                "1 ; 2",
                "a.",
                "a.'b'",
                "a[",
                "[1][1:2:3:4]",
                "'a'|",
                "'a'|upper.x",
                "f(1 2)",
                "f(a=1, 2)",
                "f(*[1], *[2])",
                "f(*[1], 2)",
                "f(**{}, a=1)",
                "f(**{}, **{})",
                "f(**{}, *[1])",
                "f(",
                "1 is defined is defined",
                "1 is",
                "1 is not",
            })
    void malformedExpressionsAreRefused(String expression) {
        assertThat(SmallTemplate.failureOf(expression).kind()).isEqualTo(Kind.SYNTAX);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "range()",
                "range(1, 2, 3, 4)",
                "range('a')",
                "range(1.5)",
                "range(stop=3)",
                "dict(1)",
                "dict({}, {})",
                "dict([1])",
                "{'a': 1}.get()",
                "{'a': 1}.keys(1)",
                "'a' is odd",
                "none is even",
                "1 is eq",
                "1 is sameas",
                "raise_exception()",
                "strftime_now()",
                "strftime_now(5)",
                "none()",
            })
    void functionsNeedTheirArguments(String expression) {
        assertThat(SmallTemplate.failureOf(expression).kind()).isEqualTo(Kind.TYPE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nope.x",
                "nope['x']",
                "nope()",
                "nope.x()",
                "[].nope()",
                "none.a.b",
                "[1][1] + 1",
                "(1 if false) + 1",
                "[]|first + 1",
                "range(3).nope.x",
            })
    void undefinedValuesAreForTestsAndPrintingOnly(String expression) {
        assertThat(SmallTemplate.failureOf(expression).kind()).isEqualTo(Kind.UNDEFINED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "''.__class__()",
                "''['__class__'].x",
                "{}.update({})",
                "[].pop()",
                "[].append(1)",
                "{}.setdefault('a')",
                "namespace(_a=1)",
            })
    void internalsAndChangesAreRefused(String expression) {
        assertThat(SmallTemplate.failureOf(expression).kind()).isEqualTo(Kind.SECURITY);
    }

    @Test
    void undefinedValuesSayWhereTheyWereLookedFor() {
        assertThat(SmallTemplate.failureOf("{'a': 1}.b.c"))
                .hasMessage("line 1: 'dict object' has no attribute 'b'");
        assertThat(SmallTemplate.failureOf("none.a.b"))
                .hasMessage("line 1: 'None' has no attribute 'a'");
        assertThat(SmallTemplate.failureOf("[1][5].c"))
                .hasMessage("line 1: list object has no element 5");
        assertThat(SmallTemplate.failureOf("{'a': 1}[2].c"))
                .hasMessage("line 1: dict object has no element 2");
        assertThat(SmallTemplate.failureOf("''.__class__.x"))
                .hasMessage("line 1: access to attribute '__class__' of 'str' object is unsafe.");
    }

    @Test
    void callsNameWhatTheyGotAndWant() {
        assertThat(SmallTemplate.failureOf("'a'.split(',', 1, 2)"))
                .hasMessage("line 1: split() takes at most 2 arguments but 3 were given");
        assertThat(SmallTemplate.failureOf("'a'.split(seq=',')"))
                .hasMessage("line 1: split() got an unexpected keyword argument 'seq'");
        assertThat(SmallTemplate.failureOf("'a'.split(',', sep=',')"))
                .hasMessage("line 1: split() got multiple values for argument 'sep'");
        assertThat(SmallTemplate.failureOf("'a'.replace('a')"))
                .hasMessage("line 1: replace() missing required argument 'new'");
        assertThat(SmallTemplate.failureOf("'a'.split(5)"))
                .hasMessage("line 1: split() argument 'sep' must be str, not int");
        assertThat(SmallTemplate.failureOf("'a'.split(',', 'x')"))
                .hasMessage("line 1: split() argument 'maxsplit' must be int, not str");
    }

    @Test
    void parsersNameTheTokenThatTheyFound() {
        assertThat(SmallTemplate.failureOf("[1 2]")).hasMessage("line 1: expected ',', got '2'");
        assertThat(SmallTemplate.failureOf("a.")).hasMessage("line 1: expected a name, got }}");
        assertThat(SmallTemplate.failure("{% for x of y %}"))
                .hasMessage("line 1: expected 'in', got 'of'");
        assertThat(SmallTemplate.failure("\n{{ 'a' 1 }}"))
                .hasMessage("line 2: expected }}, got '1'");
        assertThat(SmallTemplate.failure("{% if 1 %}\n\n"))
                .hasMessageContaining("a block is not closed");
    }
}
