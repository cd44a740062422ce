package org.dlora.template;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.template.sandbox.TemplateException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Printed values: {@code str} and {@code repr} of Python 3. */
class PythonTextTest {

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    1e16              => 1e+16
                    1e15              => 1000000000000000.0
                    9999999999999998.0 => 9999999999999998.0
                    123456789.125     => 123456789.125
                    0.0001            => 0.0001
                    0.00012           => 0.00012
                    0.00001           => 1e-05
                    1.5e-7            => 1.5e-07
                    1.5e300           => 1.5e+300
                    1.7976931348623157e308 => 1.7976931348623157e+308
                    -0.0              => -0.0
                    -1.5              => -1.5
                    0.1 + 0.2         => 0.30000000000000004
                    1e308 * 10        => inf
                    -1e308 * 10       => -inf
                    'nan'|float|string => nan
                    """)
    void floatsHaveTheirShortestDigits(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    ["it's"]                 => ["it's"]
                    ['say "hi"']             => ['say "hi"']
                    ['both \\' "']           => ['both \\' "']
                    ["'"]                    => ["'"]
                    ['"']                    => ['"']
                    ['\\\\\\n\\r\\t']        => ['\\\\\\n\\r\\t']
                    ['\\x00\\x1f\\x7f\\x80\\xa0\\xad'] => ['\\x00\\x1f\\x7f\\x80\\xa0\\xad']
                    ['ÿ\\u0378\\u200b\\ue000\\uffff'] => ['ÿ\\u0378\\u200b\\ue000\\uffff']
                    ['😀\\U000e0001']        => ['😀\\U000e0001']
                    (1,)                     => (1,)
                    ()                       => ()
                    (1, 2)                   => (1, 2)
                    {'a': {}, 1: [none]}     => {'a': {}, 1: [None]}
                    {'a': 1}.keys()          => dict_keys(['a'])
                    {'a': 1}.values()        => dict_values([1])
                    {'a': 1}.items()         => dict_items([('a', 1)])
                    range(5)                 => range(0, 5)
                    range(5, 1, -1)          => range(5, 1, -1)
                    [nope]                   => [Undefined]
                    nope                     => ``
                    namespace(a='b')         => <Namespace {'a': 'b'}>
                    """)
    void valuesPrintAsInPython(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @Test
    void functionsPrintTheirName() {
        assertThat(SmallTemplate.printed("cycler('a')")).startsWith("<Cycler");
        assertThat(SmallTemplate.printed("'a'.upper"))
                .startsWith("<built-in method upper of str object at 0x");
        assertThat(
                        SmallTemplate.rendered(
                                "{% macro f() %}{% endmacro %}{{ f }}{% for x in [1, 2] %}{{ loop }}{% endfor %}"))
                .isEqualTo("<Macro 'f'><LoopContext 1/2><LoopContext 2/2>");
    }

    @Test
    void nestedValuesArePrintedDownTo256Levels() {
        assertThat(SmallTemplate.rendered(nested(256, "[ns.x]") + "{{ ns.x }}")).hasSize(513);
        assertThat(SmallTemplate.rendered(nested(256, "[ns.x]") + "{{ ns.x|tojson }}"))
                .hasSize(513);
        for (var value : new String[] {"[ns.x]", "(ns.x,)", "{'k': ns.x}"}) {
            for (var print : new String[] {"ns.x", "ns.x|tojson"}) {
                var failure = SmallTemplate.failure(nested(257, value) + "{{ " + print + " }}");
                assertThat(failure.kind()).isEqualTo(Kind.LIMIT);
            }
        }
    }

    private static String nested(int levels, String value) {
        return "{%% set ns = namespace(x=1) %%}{%% for i in range(%d) %%}{%% set ns.x = %s %%}{%% endfor %%}"
                .formatted(levels, value);
    }
}
