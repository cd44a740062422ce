package org.dlora.template;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.template.sandbox.TemplateException.Kind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** White space around tags with {@code trim_blocks} and {@code lstrip_blocks}, as in jinja2. */
class WhitespaceControlTest {

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    `  {% if 1 %}  \n  a\n  {% endif %}\nb`   => `  \n  a\nb`
                    `a {% if 1 %} \nb{% endif %}`             => `a  \nb`
                    `a\n\n  {% if 1 %}\n\nb\n{% endif %}\n\nc` => `a\n\n\nb\n\nc`
                    ` {%+ if 1 %}a{%+ endif %}`               => ` a`
                    ` {%- if 1 -%} a {%- endif -%} b`         => ab
                    `\t{% if 1 %}\ta{% endif %}`              => `\ta`
                    `{{ 1 }}  {% if 1 %}a{% endif %}`         => `1  a`
                    `{% if 1 +%}\na{% endif %}`               => `\na`
                    `{% if 1 -%}\n\n  a{% endif %}`           => a
                    `  {% set x = 1 %}  {% set y = 2 %}\nz`   => `  z`
                    """)
    void blockTagsTakeTheirLineWithThem(String template, String expected) {
        assertThat(SmallTemplate.rendered(template)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    `a\n {{ 1 }}\nb\n {{- 2 -}} \nc` => `a\n 1\nb2c`
                    `{{1 -}}  x`                     => 1x
                    `{{-1}}{{ - 1 }}`                => 1-1
                    `a\n {{ 1 }}`                    => `a\n 1`
                    """)
    void printTagsTakeNoneUnlessTold(String template, String expected) {
        assertThat(SmallTemplate.rendered(template)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    `{# a #}b{#- c -#}  d  {#+ e +#}  f`   => `bd    f`
                    `a\n  {# x #}\nb\n  {#- y -#}  \n c`   => `a\nbc`
                    `{##}a{#-#}b`                          => ab
                    `a{# {{ nope.x }} {% if %} #}b`        => ab
                    `a{#\n\n#}\n{{ 1 }}`                   => a1
                    """)
    void commentsLeaveNothing(String template, String expected) {
        assertThat(SmallTemplate.rendered(template)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    `{% raw %}{{ a }}{% b %}{# c #}{% endraw %}`  => `{{ a }}{% b %}{# c #}`
                    `{% raw -%}  x  {%- endraw %}|{%- raw %} y {% endraw -%}  z` => `x| y z`
                    `{%raw%}b{%endraw%}{%  raw  %}c{%-  endraw  +%}d` => bcd
                    `a\n{% raw %}\n  b\n  {% endraw %}\nc`       => `a\n\n  b\nc`
                    `{% raw %} {% raw %} {% endraw %}d`          => ` {% raw %} d`
                    `{% raw %} {%+ endraw %}d`                   => ` d`
                    """)
    void rawTextIsNoTemplate(String template, String expected) {
        assertThat(SmallTemplate.rendered(template)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    `a\n\n`             => `a\n`
                    `a\n`               => a
                    `\n`                => ``
                    `a\r\nb\rc\r\n`     => `a\nb\nc`
                    `{ } % } {`         => `{ } % } {`
                    `a{`                => a{
                    `{ {{ 1 }} }`       => `{ 1 }`
                    `{{ {'a': {}}}}`    => {'a': {}}
                    `{{ "}}" }}{{ '{%' }}{{ '#}' }}` => }}{%#}
                    """)
    void textBetweenTagsIsKept(String template, String expected) {
        assertThat(SmallTemplate.rendered(template)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{# open",
                "{#}",
                "{% raw %}a",
                "{% raw %}a{% endraw",
                "{% raw %}a{% endraw x %}",
                "{{ 1 +}}",
                "{{ 1",
                "{{ 1 }",
                "{% if 1",
                "{{ # }}",
                "{{ a! }}",
                "{{ 1 $ 2 }}",
                "{{ ·a }}",
            })
    void tagsThatDoNotEndAreRefused(String template) {
        assertThat(SmallTemplate.failure(template).kind()).isEqualTo(Kind.SYNTAX);
    }
}
