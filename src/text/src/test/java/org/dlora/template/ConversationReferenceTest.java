package org.dlora.template;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.dlora.template.sandbox.TemplateException;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole conversations render as transformers' {@code apply_chat_template} renders them. */
class ConversationReferenceTest {

    private static final Set<String> NOT_VARIABLES =
            Set.of("id", "model", "template", "now", "rendered", "ids", "error");
    private static final String RAISED = "TemplateError: ";

    static Stream<Named<Map<String, Object>>> conversations() {
        return ReferenceRows.read(ReferenceRows.RESOURCES.resolve("golden/chat.jsonl")).stream()
                .map(row -> Named.of((String) requireNonNull(row.get("id")), row));
    }

    @ParameterizedTest
    @MethodSource("conversations")
    void rendersWithTheModelsOwnTemplate(Map<String, Object> row) {
        var folder =
                ReferenceRows.RESOURCES
                        .resolve("golden/models")
                        .resolve((String) requireNonNull(row.get("model")));
        var tokenizer = ReferenceRows.readObject(folder.resolve("tokenizer_config.json"));
        var file = folder.resolve("chat_template.jinja");
        var template =
                Files.exists(file)
                        ? ReferenceRows.text(file)
                        : (String) requireNonNull(tokenizer.get("chat_template"));
        var context = new HashMap<String, Object>();
        for (var token : List.of("bos_token", "eos_token")) {
            context.put(token, tokenizer.getOrDefault(token, ""));
        }
        check(template, context, row);
    }

    /**
     * Published templates are not part of this repository. They are looked for beside it, or in the
     * folder that {@code -Ddlora.test.shared} names.
     */
    @Test
    void rendersWithPublishedTemplates() {
        var shared = Path.of(System.getProperty("dlora.test.shared", "../shared"), "golden");
        assumeTrue(
                Files.isDirectory(shared.resolve("chat_templates")),
                shared + " holds no published templates");
        var rows =
                ReferenceRows.read(shared.resolve("chat.jsonl")).stream()
                        .filter(row -> row.containsKey("template"))
                        .toList();
        assertThat(rows).isNotEmpty();
        for (var row : rows) {
            var context = new HashMap<String, Object>(Map.of("bos_token", "", "eos_token", ""));
            check(
                    ReferenceRows.text(
                            shared.resolve((String) requireNonNull(row.get("template")))),
                    context,
                    row);
        }
    }

    private static void check(String source, Map<String, Object> context, Map<String, Object> row) {
        context.put("tools", null);
        row.forEach((name, value) -> {
            if (!NOT_VARIABLES.contains(name)) {
                context.put(name, value);
            }
        });
        var template = ChatTemplate.parse(source);
        if (row.get("error") instanceof String error) {
            var failure =
                    catchThrowableOfType(
                            TemplateException.class,
                            () -> template.render(context, ReferenceRows.CLOCK));
            assertThat(failure).as("%s", row.get("id")).isNotNull();
            assertThat(failure.raisedByTemplate()).isTrue();
            assertThat(error).startsWith(RAISED);
            assertThat(failure).hasMessage(error.substring(RAISED.length()));
        } else {
            assertThat(template.render(context, ReferenceRows.CLOCK))
                    .as("%s", row.get("id"))
                    .isEqualTo(row.get("rendered"));
        }
    }
}
