package org.dlora.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.sandbox.TemplateException.Kind;
import org.junit.jupiter.api.Test;

/** Templates and conversations may be nested up to the bounds of the sandbox, and no deeper. */
class NestingBoundsTest {

    @Test
    void expressionsNestAsDeepAsTheParserGoes() {
        assertThat(SmallTemplate.printed(brackets(127))).isEqualTo(brackets(127));
        var failure = SmallTemplate.failure("\n{{ " + brackets(128) + " }}");
        assertThat(failure.kind()).isEqualTo(Kind.LIMIT);
        assertThat(failure)
                .hasMessage("line 2: expressions and blocks are nested more than 128 deep");
    }

    @Test
    void expressionsBesideEachOtherAreNotNested() {
        var many = (brackets(100) + "[0]" + ",").repeat(20);
        assertThat(SmallTemplate.rendered("{% set x = (" + many + ") %}{{ x|length }}"))
                .isEqualTo("20");
        assertThat(SmallTemplate.rendered("{% if 1 %}{% endif %}".repeat(500))).isEmpty();
        assertThat(SmallTemplate.printed("not ".repeat(60) + "1 == " + "-".repeat(60) + "1"))
                .isEqualTo("True");
        assertThat(SmallTemplate.rendered("{% set (a), (b) = 1, 2 %}".repeat(200) + "{{ b }}"))
                .isEqualTo("2");
    }

    @Test
    void macrosCallEachOtherAsDeepAsTheRenderingGoes() {
        var macro =
                "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{% else %}x{% endif %}{% endmacro %}{{ f(N) }}";
        // A call takes four levels: the branch, the print tag, the call and its argument.
        assertThat(SmallTemplate.rendered(macro.replace("N", "50"))).isEqualTo("x");
        var failure = SmallTemplate.failure(macro.replace("N", "400"));
        assertThat(failure.kind()).isEqualTo(Kind.LIMIT);
        assertThat(failure).hasMessageContaining("nested more than 400 deep");
    }

    @Test
    void statementsOneAfterAnotherAreNotNested() {
        assertThat(SmallTemplate.rendered("{% for x in range(2000) %}{{ x and '' }}{% endfor %}"))
                .isEqualTo("0");
        assertThat(
                        SmallTemplate.rendered(
                                "{% for x in range(1000) %}{% continue %}{% endfor %}a{% for x in range(1000) %}{% for y in [1] %}{% break %}{% endfor %}{% endfor %}b"))
                .isEqualTo("ab");
    }

    @Test
    void contextValuesNestDownTo256Levels() {
        assertThat(render("{{ x is defined }}", lists(256))).isEqualTo("True");
        assertThat(render("{{ x is defined }}", maps(256))).isEqualTo("True");
        for (var value : List.of(lists(257), maps(257), keys(257))) {
            assertThatThrownBy(() -> render("", value))
                    .isInstanceOf(TemplateException.class)
                    .hasMessage("a context value is nested more than 256 deep");
        }
    }

    @Test
    void sourcesHaveAtMost512KiCharacters() {
        var longest = "a".repeat(512 * 1024);
        assertThat(SmallTemplate.rendered(longest)).hasSize(512 * 1024);
        assertThatThrownBy(() -> ChatTemplate.parse(longest + "a"))
                .isInstanceOfSatisfying(
                        TemplateException.class,
                        e -> {
                            assertThat(e.kind()).isEqualTo(Kind.LIMIT);
                            assertThat(e.line()).isZero();
                            assertThat(e).hasMessageContaining("524289 characters");
                        });
    }

    @Test
    void textsHaveAtMost16MiCharacters() {
        var longest = "{% for x in range(16) %}{{ 'a' * 1048576 }}{% endfor %}";
        assertThat(SmallTemplate.rendered(longest)).hasSize(16 * 1024 * 1024);
        assertThat(SmallTemplate.failure(longest + "a"))
                .hasMessage("line 1: a text became longer than 16777216 characters");
    }

    private static String brackets(int depth) {
        return "[".repeat(depth) + "]".repeat(depth);
    }

    private static String render(String source, Object value) {
        return ChatTemplate.parse(source).render(Map.of("x", value), ReferenceRows.CLOCK);
    }

    private static Object lists(int levels) {
        Object value = 1;
        for (int i = 0; i < levels; i++) {
            value = new ArrayList<>(List.of(value));
        }
        return value;
    }

    private static Object maps(int levels) {
        Object value = 1;
        for (int i = 0; i < levels; i++) {
            value = new HashMap<>(Map.of("k", value));
        }
        return value;
    }

    /** Returns a mapping with a key that is nested. */
    private static Object keys(int levels) {
        return new HashMap<>(Map.of(lists(levels - 1), 1));
    }
}
