package org.dlora.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.sandbox.TemplateException.Kind;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Small templates render, or fail, as in jinja2; {@code src/test/python/jinja_cases.py} made the
 * second file.
 */
@TestInstance(Lifecycle.PER_CLASS)
class SnippetReferenceTest {

    private static final Map<String, Kind> KINDS =
            Map.of(
                    "TemplateSyntaxError", Kind.SYNTAX,
                    "TemplateAssertionError", Kind.SYNTAX,
                    "UndefinedError", Kind.UNDEFINED,
                    "TypeError", Kind.TYPE,
                    "ValueError", Kind.VALUE,
                    "ZeroDivisionError", Kind.VALUE,
                    "FilterArgumentError", Kind.VALUE,
                    "TemplateRuntimeError", Kind.VALUE,
                    "SecurityError", Kind.SECURITY,
                    "TemplateError", Kind.RAISED);

    static Stream<Arguments> snippets() {
        return Stream.of("golden/jinja.jsonl", "template/more.jsonl")
                .flatMap(SnippetReferenceTest::snippets);
    }

    private static Stream<Arguments> snippets(String file) {
        var rows = ReferenceRows.read(ReferenceRows.RESOURCES.resolve(file));
        var context = rows.getFirst().get("context");
        return rows.stream().skip(1).map(row -> Arguments.of(row.get("template"), context, row));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("snippets")
    void rendersAsJinja(
            String template, Map<String, Object> context, Map<String, Object> expected) {
        if (expected.get("output") instanceof String output) {
            assertThat(withoutAddresses(render(template, context)))
                    .isEqualTo(withoutAddresses(output));
        } else {
            var failure =
                    catchThrowableOfType(TemplateException.class, () -> render(template, context));
            assertThat(failure).isNotNull();
            assertThat(failure.kind())
                    .isEqualTo(Objects.requireNonNull(KINDS.get(expected.get("error"))));
            if (failure.raisedByTemplate()) {
                assertThat(failure).hasMessage((String) expected.get("message"));
            }
        }
    }

    private static String render(String template, Map<String, Object> context) {
        return ChatTemplate.parse(template).render(context, ReferenceRows.CLOCK);
    }

    /** Removes the addresses of printed methods, which no other run of Python reproduces. */
    private static String withoutAddresses(String text) {
        return text.replaceAll("0x[0-9a-f]+", "0x0");
    }
}
