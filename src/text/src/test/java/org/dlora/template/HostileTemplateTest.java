package org.dlora.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlora.template.sandbox.Sandbox;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.sandbox.TemplateException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * No template and no conversation can hang the interpreter, overflow the stack or exhaust memory.
 */
@Timeout(120) // only a guard against hanging
class HostileTemplateTest {

    private static final int MANY = 50_000;

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "'{{ ' ~ ( ~ '' ~ 1 ~ ) ~ ' }}'",
                "'{{ ' ~ [ ~ '' ~ 1 ~ ] ~ ' }}'",
                "'{{ ' ~ {1: ~ '' ~ 1 ~ } ~ ' }}'",
                "'{{ ' ~ '- ' ~ '' ~ 1 ~ '' ~ ' }}'",
                "'{{ ' ~ 'not ' ~ '' ~ 1 ~ '' ~ ' }}'",
                "'{{ ' ~ '1 + ' ~ '' ~ 1 ~ '' ~ ' }}'",
                "'{{ ' ~ '1 and ' ~ '' ~ 1 ~ '' ~ ' }}'",
                "'{{ ' ~ '2 ** ' ~ '' ~ 1 ~ '' ~ ' }}'",
                "'{{ ' ~ '1 if 1 else ' ~ '' ~ 1 ~ '' ~ ' }}'",
                "'{{ ' ~ 'x[' ~ '' ~ 1 ~ ] ~ ' }}'",
                "'{{ ' ~ 'range(' ~ '' ~ 1 ~ ) ~ ' }}'",
                "'{{ x' ~ '' ~ '' ~ '' ~ '|upper' ~ ' }}'",
                "'{{ ' ~ '' ~ '' ~ '\"\"' ~ '.strip()' ~ ' }}'",
                "'' ~ '{% if 1 %}' ~ '' ~ 1 ~ '{% endif %}' ~ ''",
                "'' ~ '{% for x in [1] %}' ~ '' ~ 1 ~ '{% endfor %}' ~ ''",
                "'{% set ' ~ ( ~ '' ~ a ~ ) ~ ' = 1 %}'",
            })
    void nestingIsBounded(
            String start, String open, String unused, String middle, String close, String end) {
        int times = Math.min(MANY, Sandbox.MAX_SOURCE / (open + close + 1).length() - 10);
        var source = start + open.repeat(times) + middle + close.repeat(times) + end;
        assertThat(failure(source)).isEqualTo(Kind.LIMIT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ 'a' * 10**9 }}",
                "{{ [0] * 10**9 }}",
                "{{ 10 ** (10 ** 10) }}",
                "{{ 1e9|int ** 1000000 }}",
                "{{ range(10**9) }}",
                "{{ range(-9223372036854775807, 9223372036854775807) }}",
                "{{ '%1000000000d' % 1 }}",
                "{{ '%.*f' % (1000000000, 1) }}",
                "{{ '{:1000000000}'.format(1) }}",
                "{{ 'x'.center(10**9) }}{{ 'x'|center(10**9) }}",
                "{{ '7'.zfill(10**9) }}",
                "{{ '\\t'.expandtabs(10**9) }}",
                "{{ 'x\ny'|indent(10**9) }}",
                "{{ [1]|tojson(indent=10**9) }}",
                "{{ [1]|batch(10**9, 0)|list }}",
                "{{ [1]|slice(10**9)|list }}",
                "{{ ('a' * 1000000).replace('a', 'b' * 1000) }}",
                "{{ ('a' * 1000000)|replace('', 'b' * 1000) }}",
                "{{ ('x' * 1000).join(range(100000)|map('string')) }}",
                "{{ ('a' * 3000000 ~ 'b') in ('a' * 8000000) }}",
                "{{ ('a' * 8000000).count('a' * 3000000 ~ 'b') }}",
                "{% for x in range(100000) %}{% for y in range(100000) %}{% endfor %}{% endfor %}",
                "{% for x in range(100000) if 'b' in 'a' * 1000 %}{% for y in range(1) %}{% endfor %}{% else %}"
                        + "{% for x in range(100000) %}{{ 'a' * 1000 }}{% endfor %}{% endfor %}",
                "{% for x in range(100000) %}{{ [3, 1, 2] * 30000 == [3, 1, 2] * 30000 }}{% endfor %}",
                "{% for x in range(100000) %}{{ (range(100000)|list)[-1] }}{% endfor %}",
                "{% set s = 'a' * 1000000 %}{% for x in range(100000) %}{{ s[500000] }}{% endfor %}",
                "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
                "{% macro f() %}{% call f() %}{{ caller() }}{% endcall %}{% endmacro %}{{ f() }}",
                "{% macro f(n) %}{{ f(n + 1) }}{{ f(n + 1) }}{% endmacro %}{{ f(0) }}",
                "{% set ns = namespace(s='ab') %}{% for x in range(100) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
                "{% set ns = namespace(a=[0]) %}{% for x in range(60) %}{% set ns.a = ns.a + ns.a %}{% endfor %}",
                "{% set ns = namespace() %}{% set ns.me = ns %}{{ ns }}",
                "{% set ns = namespace(a=1) %}{% for x in range(90000) %}{% set ns.a = [ns.a] %}{% endfor %}{{ ns.a }}",
                "{% set ns = namespace(a=1) %}{% for x in range(90000) %}{% set ns.a = {'a': ns.a} %}{% endfor %}"
                        + "{{ ns.a|tojson }}",
                "{% set ns = namespace(a=1, b=1) %}{% for x in range(90000) %}{% set ns.a = (ns.a,) %}"
                        + "{% set ns.b = (ns.b,) %}{% endfor %}{{ ns.a == ns.b }}",
                "{% set ns = namespace(a=1) %}{% for x in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ ns.a }}",
                "{% set ns = namespace(a=1, b=1) %}{% for x in range(60) %}{% set ns.a = [ns.a, ns.a] %}"
                        + "{% set ns.b = [ns.b, ns.b] %}{% endfor %}{{ ns.a == ns.b }}{{ [ns.a, ns.b]|sort }}",
                "{% set ns = namespace(a=[]) %}{% for x in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}"
                        + "{{ ns.a|tojson }}",
                "{% set ns = namespace(n=3) %}{% for x in range(100000) %}{% set ns.n = ns.n * ns.n %}{% endfor %}",
            })
    void stepsAndMemoryAreBounded(String source) {
        assertThat(failure(source)).isEqualTo(Kind.LIMIT);
    }

    @Test
    void sourceIsBounded() {
        assertThat(failure("a".repeat(Sandbox.MAX_SOURCE + 1))).isEqualTo(Kind.LIMIT);
    }

    @Test
    void outputIsBounded() {
        var context = Map.of("text", "a".repeat(1_000_000));
        var template = ChatTemplate.parse("{% for x in range(17) %}{{ text }}{% endfor %}");
        var failure =
                catchThrowableOfType(
                        TemplateException.class,
                        () -> template.render(context, ReferenceRows.CLOCK));
        assertThat(failure).isNotNull();
        assertThat(failure.kind()).isEqualTo(Kind.LIMIT);
    }

    @Test
    void nestingOfTheContextIsBounded() {
        List<Object> nested = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            nested = new ArrayList<>(List.of(nested));
        }
        var context = new HashMap<String, Object>(Map.of("messages", nested));
        var failure =
                catchThrowableOfType(
                        TemplateException.class,
                        () -> ChatTemplate.parse("").render(context, ReferenceRows.CLOCK));
        assertThat(failure).isNotNull();
        assertThat(failure.kind()).isEqualTo(Kind.LIMIT);
    }

    @Test
    void boundsHoldOnAStackOf512KiB() throws InterruptedException {
        List<String> messages = new ArrayList<>();
        var thread =
                new Thread(
                        null,
                        () -> {
                            messages.add(message("{{ " + "(".repeat(MANY)));
                            messages.add(message("{{ " + "[f(".repeat(MANY)));
                            messages.add(
                                    message(
                                            "{% macro f(n) %}{% if n %}{{ [f(n)]|first }}{% endif %}{% endmacro %}{{ f(1) }}"));
                            messages.add(message("{{ 1" + " + 1".repeat(MANY) + " }}"));
                        },
                        "small stack",
                        512 * 1024);
        thread.start();
        thread.join();
        assertThat(messages)
                .hasSize(4)
                .allSatisfy(message -> assertThat(message).contains("nested more than"));
    }

    private static Kind failure(String source) {
        return caught(source).kind();
    }

    private static String message(String source) {
        return String.valueOf(caught(source).getMessage());
    }

    private static TemplateException caught(String source) {
        var failure =
                catchThrowableOfType(
                        TemplateException.class,
                        () -> ChatTemplate.parse(source).render(Map.of(), ReferenceRows.CLOCK));
        assertThat(failure).as("failure of a hostile template").isNotNull();
        return failure;
    }
}
