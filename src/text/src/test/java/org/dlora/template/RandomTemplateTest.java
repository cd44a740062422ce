package org.dlora.template;

import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.dlora.template.sandbox.TemplateException;

/** A template of any text renders or fails with a {@link TemplateException}. */
class RandomTemplateTest {

    private static final Map<String, ?> CONTEXT =
            Objects.requireNonNull(
                    Map.of(
                            "messages", List.of(Map.of("role", "user", "content", "Grüße 😀\n")),
                            "x", List.of(3, 1.5, "b", true),
                            "d", Map.of("a", 1, "b", List.of())));

    @Property(tries = 3000)
    void textRendersOrFails(@ForAll String source) {
        renderOrFail(source);
    }

    @Property(tries = 3000)
    void tokensRenderOrFail(@ForAll("tokens") List<String> tokens) {
        renderOrFail(String.join("", tokens));
    }

    @Property(tries = 6000)
    void expressionsRenderOrFail(@ForAll("expressions") String expression) {
        renderOrFail(
                "{{ " + expression + " }}{% for y in " + expression + " %}{{ y }}{% endfor %}");
    }

    @Provide
    Arbitrary<List<String>> tokens() {
        return Arbitraries.of(
                        "{{ ",
                        " }}",
                        "{% ",
                        " %}",
                        "{%- ",
                        "-%}",
                        "{#",
                        "#}",
                        "if ",
                        "else",
                        "elif ",
                        "endif",
                        "for ",
                        "in ",
                        "endfor",
                        "set ",
                        "endset",
                        "macro f(a)",
                        "endmacro",
                        "call ",
                        "endcall",
                        "raw",
                        "endraw",
                        "x",
                        "d",
                        "messages",
                        "loop",
                        "'a'",
                        "\"",
                        "'",
                        "\\",
                        "1",
                        "2.5",
                        "(",
                        ")",
                        "[",
                        "]",
                        "{",
                        "}",
                        ":",
                        ",",
                        ".",
                        "|",
                        "=",
                        "==",
                        "+",
                        "-",
                        "*",
                        "**",
                        "~",
                        "%",
                        "is ",
                        "not ",
                        "defined",
                        "upper",
                        "tojson",
                        "f(",
                        "namespace(",
                        "\n",
                        " ",
                        "break",
                        "continue",
                        "generation",
                        "endgeneration",
                        "with ",
                        "endwith",
                        "filter trim",
                        "endfilter")
                .list()
                .ofMaxSize(40);
    }

    @Provide
    Arbitrary<String> expressions() {
        var operands =
                Arbitraries.of(
                        "x",
                        "d",
                        "messages",
                        "nope",
                        "1",
                        "-2",
                        "0.5",
                        "''",
                        "'ab c'",
                        "none",
                        "true",
                        "[]",
                        "(1, 'a')",
                        "{}",
                        "range(3)",
                        "namespace(a=1)",
                        "x|map('string')",
                        "d.items()",
                        "'%s'",
                        "'{}'",
                        "10 ** 20",
                        "'nan'|float");
        return Arbitraries.lazyOf(
                () -> operands,
                () -> operands,
                () ->
                        combine(
                                "%s %s %s",
                                expressions(),
                                Arbitraries.of(
                                        "+", "-", "*", "/", "//", "%", "**", "~", "==", "<", "in",
                                        "and"),
                                expressions()),
                () ->
                        combine(
                                "(%s)|%s%s",
                                expressions(),
                                filterNames(),
                                Arbitraries.of(
                                        "",
                                        "(1)",
                                        "('a')",
                                        "(x, 2)",
                                        "(-(10**12))",
                                        "(3, 10**12)",
                                        "(attribute='role')")),
                () ->
                        combine(
                                "(%s).%s%s",
                                expressions(),
                                methodNames(),
                                Arbitraries.of(
                                        "",
                                        "()",
                                        "('a')",
                                        "(1, 2)",
                                        "(-(10**12))",
                                        "('a', -(10**12))",
                                        "(10**12, 'a')",
                                        "('a', 'b')")),
                () ->
                        combine(
                                "(%s)[%s]%s",
                                expressions(),
                                Arbitraries.of(
                                        "0",
                                        "-1",
                                        "'a'",
                                        "1:",
                                        "::-1",
                                        "::2",
                                        "10**12:",
                                        ":-(10**12)",
                                        "::10**12",
                                        "-(10**12)",
                                        "none",
                                        "x"),
                                Arbitraries.of("")),
                () ->
                        combine(
                                "(%s is %s%s)",
                                expressions(), testNames(), Arbitraries.of("", "(1)", "('a')")));
    }

    private static Arbitrary<String> combine(
            String format, Arbitrary<String> a, Arbitrary<String> b, Arbitrary<String> c) {
        return Combinators.combine(a, b, c).as(format::formatted);
    }

    private static Arbitrary<String> filterNames() {
        return Arbitraries.of(
                "upper",
                "title",
                "trim",
                "replace",
                "join",
                "format",
                "center",
                "indent",
                "truncate",
                "wordcount",
                "escape",
                "urlencode",
                "tojson",
                "int",
                "float",
                "abs",
                "round",
                "sum",
                "length",
                "default",
                "first",
                "last",
                "list",
                "items",
                "attr",
                "reverse",
                "batch",
                "slice",
                "map",
                "select",
                "reject",
                "selectattr",
                "rejectattr",
                "sort",
                "dictsort",
                "min",
                "max",
                "unique",
                "groupby");
    }

    private static Arbitrary<String> methodNames() {
        return Arbitraries.of(
                "split",
                "rsplit",
                "splitlines",
                "partition",
                "strip",
                "startswith",
                "find",
                "index",
                "count",
                "replace",
                "join",
                "format",
                "title",
                "capitalize",
                "center",
                "zfill",
                "expandtabs",
                "isdigit",
                "items",
                "get",
                "keys",
                "append",
                "__class__",
                "a",
                "role",
                "0");
    }

    private static Arbitrary<String> testNames() {
        return Arbitraries.of(
                "defined",
                "string",
                "sequence",
                "odd",
                "divisibleby",
                "in",
                "eq",
                "lt",
                "sameas",
                "upper",
                "filter");
    }

    private static void renderOrFail(String source) {
        assertThatCode(
                        () -> {
                            try {
                                ChatTemplate.parse(source).render(CONTEXT, ReferenceRows.CLOCK);
                            } catch (TemplateException e) {
                                // the one failure allowed
                            }
                        })
                .as("template %s", source)
                .doesNotThrowAnyException();
    }
}
