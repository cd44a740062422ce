package org.dlora.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.dlora.template.run.ContextCopier;
import org.dlora.template.run.GlobalScope;
import org.dlora.template.run.Interpreter;
import org.dlora.template.run.VariableScope;
import org.dlora.template.sandbox.OutputBuffer;
import org.dlora.template.sandbox.Sandbox;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.sandbox.TemplateException.Kind;
import org.dlora.template.syntax.StatementParser;
import org.dlora.template.value.Rendering;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every operation whose cost grows with its values draws on the budget. A template could repeat one
 * that did not, and hang the server.
 */
class ChargedOperationsTest {
    /** Texts of this length take 1000 steps to read. */
    private static final int LENGTH = 64_000;

    private static final int FEW_STEPS = 900;

    /** Variables: two equal texts, a list of 10,000 numbers, a mapping of as many. */
    private static final Map<String, Object> VALUES =
            Objects.requireNonNull(
                    Map.of(
                            "t", "a".repeat(LENGTH),
                            "u", "a".repeat(LENGTH),
                            "list", numbers(),
                            "map", mapping()));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "t == u",
                "t < u",
                "t in u",
                "t[5]",
                "t[1:]|length",
                "t.isascii()",
                "t.find('b')",
                "u.startswith(t)",
                "t.count('b')",
                "t.split('b')|length",
                "t.replace('b', 'c')|length",
                "t|int",
                "t|float",
                "t|wordcount",
                "t|tojson|length",
                "[t]|string|length",
                "t % ()",
                "t.format()",
                "list == list[:]",
                "[list] < [list[:]]",
                "5 in list and 10001 in list",
                "list|tojson|length",
                "list|string|length",
                "list|sum",
                "list|map('abs')|list|length",
                "list|select|list|length",
                "list|sort|length",
                "list|map('string')|unique|list|length",
                "list|map(attribute='a.b', default=0)|list|length",
            })
    void readingIsCharged(String expression) {
        assertCharged(expression, Sandbox.MAX_STEPS - FEW_STEPS, 0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(t ~ '')|length",
                "(t + u)|length",
                "('ab' * 60000)|length",
                "t[1:]|length",
                "t.upper()|length",
                "t.strip('b')|length",
                "t|upper|length",
                "t|reverse|length",
                "t|list|length",
                "t|escape|length",
                "[t]|string|length",
                "'{}'.format(t)|length",
                "'%s' % t",
                "'x'.center(60000)|length",
                "'\\t'.expandtabs(60000)|length",
                "'{:10000}{:10000}{:10000}{:10000}{:10000}{:10000}'.format(1, 1, 1, 1, 1, 1)|length",
                "[1]|tojson(indent=60000)|length",
                "'a\nb'|indent(60000)|length",
                "(list + list)|length",
                "(list * 2)|length",
                "list[:]|length",
                "list|list|length",
                "list|sort|length",
                "list|batch(1)|list|length",
                "[1]|slice(60000)|list|length",
                "[1]|batch(60000, 0)|list|length",
                "map|items|list|length",
                "map|dictsort|length",
                "map|list|length",
                "dict(map)|length",
                "map.items()|list|length",
                "dict(**map)|length",
            })
    void copiesAreCharged(String expression) {
        assertCharged(expression, 0, Sandbox.MAX_ALLOCATION - LENGTH / 2);
    }

    private static void assertCharged(String expression, long stepsSpent, long charactersTaken) {
        var source = "{{ " + expression + " }}";
        assertThatCode(() -> render(source, 0, 0)).doesNotThrowAnyException();
        var failure =
                catchThrowableOfType(
                        TemplateException.class, () -> render(source, stepsSpent, charactersTaken));
        assertThat(failure).isNotNull();
        assertThat(failure.kind()).isEqualTo(Kind.LIMIT);
    }

    private static void render(String source, long stepsSpent, long charactersTaken) {
        var rendering = new Rendering(ReferenceRows.CLOCK);
        var scope = new VariableScope(GlobalScope.of(rendering));
        VALUES.forEach((name, value) -> scope.set(name, ContextCopier.copy(value)));
        rendering.budget().spend(stepsSpent);
        rendering.budget().allocate(charactersTaken);
        new Interpreter(rendering)
                .run(StatementParser.parse(source), scope, new OutputBuffer(rendering.budget()));
    }

    private static List<Integer> numbers() {
        var numbers = new ArrayList<Integer>();
        for (int i = 0; i < 10_000; i++) {
            numbers.add(i);
        }
        return numbers;
    }

    private static Map<String, Integer> mapping() {
        var map = new LinkedHashMap<String, Integer>();
        numbers().forEach(i -> map.put("k" + i, i));
        return map;
    }
}
