package org.dlora.template;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.math.BigInteger;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.sandbox.TemplateException.Kind;
import org.junit.jupiter.api.Test;

class ChatTemplateTest {

    @Test
    void conversationTextIsNeverReadAsTemplate() {
        var text = "{{ 1 + 1 }}{% raise_exception('x') %}{# c #}";
        assertThat(render("[{{ text }}]", Map.of("text", text))).isEqualTo("[" + text + "]");
    }

    @Test
    void raisedMessagesReachTheClientUnchanged() {
        var failure = failure("\n\n{{ raise_exception('Roles must alternate') }}", Map.of());
        assertThat(failure.raisedByTemplate()).isTrue();
        assertThat(failure).hasMessage("Roles must alternate");
        assertThat(failure.line()).isEqualTo(3);
    }

    @Test
    void otherFailuresNameTheLine() {
        var failure = failure("a\n{% if true %}\n{{ message.role }}\n{% endif %}", Map.of());
        assertThat(failure.kind()).isEqualTo(Kind.UNDEFINED);
        assertThat(failure.line()).isEqualTo(3);
        assertThat(failure).hasMessage("line 3: 'message' is undefined");
        assertThat(failure.raisedByTemplate()).isFalse();
    }

    @Test
    void syntaxErrorsNameTheLine() {
        assertThatThrownBy(() -> ChatTemplate.parse("a\nb\n{% if %}"))
                .isInstanceOf(TemplateException.class)
                .hasMessage("line 3: expected an expression, got %}");
    }

    @Test
    void readsTheCallersClock() {
        var clock = Clock.fixed(Instant.parse("2030-12-31T23:30:00Z"), ZoneId.of("Europe/Berlin"));
        assertThat(
                        ChatTemplate.parse("{{ strftime_now('%d %b %Y %H:%M') }}")
                                .render(Map.of(), clock))
                .isEqualTo("01 Jan 2031 00:30");
    }

    @Test
    void nullIsNoneAndAbsentIsUndefined() {
        var context = new HashMap<String, Object>();
        context.put("tools", null);
        assertThat(
                        render(
                                "{{ tools is none }}{{ tools is defined }}{{ other is defined }}",
                                context))
                .isEqualTo("TrueTrueFalse");
    }

    @Test
    void acceptsNumbersOfAnyWidth() {
        var context =
                Map.ofEntries(
                        entry("i", 1),
                        entry("s", (short) 2),
                        entry("l", 3L),
                        entry("f", 0.5f),
                        entry("big", new BigInteger("18446744073709551616")));
        assertThat(render("{{ i }} {{ s }} {{ l }} {{ f }} {{ big }}", context))
                .isEqualTo("1 2 3 0.5 18446744073709551616");
    }

    @Test
    void refusesJavaObjectsInTheContext() {
        var failure = failure("", Map.of("thread", Thread.currentThread()));
        assertThat(failure.kind()).isEqualTo(Kind.TYPE);
        assertThat(failure)
                .hasMessageContaining("java.lang.Thread")
                .hasMessageContaining("expected null, Boolean");
    }

    @Test
    void javaMembersCannotBeReached() {
        for (var member :
                List.of("getClass", "class", "hashCode", "toString", "length", "size", "chars")) {
            assertThat(
                            render(
                                    "{{ 'text'."
                                            + member
                                            + " is defined }}{{ [1]."
                                            + member
                                            + " is defined }}",
                                    Map.of()))
                    .as(member)
                    .isEqualTo("FalseFalse");
        }
    }

    @Test
    void oneTemplateServesManyThreads() throws Exception {
        var template =
                ChatTemplate.parse(
                        "{% set ns = namespace(t='') %}{% for x in range(50) %}{% set ns.t = ns.t ~ n %}{% endfor %}{{ ns.t }}");
        try (var threads = Executors.newFixedThreadPool(4)) {
            List<Callable<String>> renderings = new ArrayList<>();
            IntStream.range(0, 100)
                    .forEach(n ->
                            renderings.add(
                                    () -> template.render(Map.of("n", n), ReferenceRows.CLOCK)));
            var results = threads.invokeAll(renderings);
            for (int n = 0; n < results.size(); n++) {
                assertThat(results.get(n).get()).isEqualTo(String.valueOf(n).repeat(50));
            }
        }
    }

    @Test
    void renderingLeavesTheContextUnchanged() {
        var messages = new ArrayList<>(List.of("a"));
        render("{% set messages = messages + ['b'] %}{{ messages }}", Map.of("messages", messages));
        assertThat(messages).containsExactly("a");
    }

    @Test
    void rendersAConversationOfAMillionTokens() {
        var messages = new ArrayList<Map<String, String>>();
        IntStream.range(0, 2000)
                .forEach(n ->
                        messages.add(
                                Map.of(
                                        "role",
                                        n % 2 == 0 ? "user" : "assistant",
                                        "content",
                                        "word ".repeat(400))));
        var source =
                "{% for message in messages[::-1] %}{% endfor %}{% for message in messages %}{{ '<|im_start|>' + message.role + "
                        + "'\\n' + message.content.strip() + '<|im_end|>' + '\\n' }}{% endfor %}";
        assertThat(render(source, Map.of("messages", messages)))
                .hasSizeGreaterThan(4_000_000 - 2000);
    }

    private static String render(String source, Map<String, ?> context) {
        return ChatTemplate.parse(source).render(context, ReferenceRows.CLOCK);
    }

    private static TemplateException failure(String source, Map<String, ?> context) {
        var failure = catchThrowableOfType(TemplateException.class, () -> render(source, context));
        assertThat(failure).isNotNull();
        return failure;
    }
}
