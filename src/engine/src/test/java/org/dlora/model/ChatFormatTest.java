package org.dlora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.tensor.LoadException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ChatFormatTest {
    static final Iterable<String> MODELS = Golden.MODELS;

    private static final JsonMapper JSON = new JsonMapper();
    private static final Set<String> NOT_VARIABLES =
            Set.of(
                    "id",
                    "model",
                    "messages",
                    "add_generation_prompt",
                    "now",
                    "rendered",
                    "ids",
                    "error");
    private static final Clock CLOCK = Clock.systemUTC();

    @TempDir Path folder;

    @ParameterizedTest
    @FieldSource("MODELS")
    void rendersAndEncodesAsTheReference(String name) {
        var rows =
                Golden.rows(Golden.ROOT.resolve("chat.jsonl")).stream()
                        .filter(row -> row.path("model").asString("").equals(name))
                        .toList();
        assertThat(rows).hasSizeGreaterThan(20);
        try (var model = BaseModel.open(Golden.model(name))) {
            var chat = model.chat().orElseThrow();
            for (var row : rows) {
                var id = row.get("id").stringValue();
                if (row.has("error")) {
                    assertThatExceptionOfType(TemplateException.class)
                            .as(id)
                            .isThrownBy(() -> render(chat, row));
                } else {
                    var text = render(chat, row);
                    assertThat(text).as(id).isEqualTo(row.get("rendered").stringValue());
                    assertThat(model.tokenizer().encode(text, false))
                            .as(id)
                            .containsExactly(Golden.ints(row.get("ids")));
                }
            }
        }
    }

    @Test
    void templateFileOverridesTheConfig() throws IOException {
        config("{\"chat_template\": \"config\"}");
        assertThat(rendered()).isEqualTo("config");
        Files.writeString(folder.resolve("chat_template.jinja"), "file");
        assertThat(rendered()).isEqualTo("file");
    }

    @Test
    void usesTheDefaultOfNamedTemplates() throws IOException {
        config(
                """
                {"chat_template": [{"name": "tool_use", "template": "tools"}, {"name": "default", "template": "plain"}]}\
                """);
        assertThat(rendered()).isEqualTo("plain");
    }

    @Test
    void readsSpecialTokensAsStringsOrObjects() throws IOException {
        Files.writeString(
                folder.resolve("special_tokens_map.json"),
                "{\"bos_token\": \"<old>\", \"unk_token\": \"<u>\"}");
        config(
                """
                {"chat_template": "{{ bos_token }}|{{ eos_token }}|{{ unk_token }}|{{ pad_token is defined }}",
                 "bos_token": "<s>", "eos_token": {"content": "</s>", "special": true}, "pad_token": null}\
                """);
        assertThat(rendered()).isEqualTo("<s>|</s>|<u>|False");
    }

    @Test
    void extraVariablesCannotReplaceTheConversation() throws IOException {
        config("{\"chat_template\": \"{{ mood }} {{ messages|length }} {{ tools is none }}\"}");
        var chat = ChatFormat.read(folder).orElseThrow();
        assertThat(chat.render(List.of(), true, Map.of("mood", "calm", "messages", "no"), CLOCK))
                .isEqualTo("calm 0 True");
    }

    @Test
    void folderMayHaveNoTemplate() throws IOException {
        assertThat(ChatFormat.read(folder)).isEmpty();
        config("{\"chat_template\": null}");
        assertThat(ChatFormat.read(folder)).isEmpty();
    }

    @Test
    void refusesAnUnreadableTemplate() throws IOException {
        config("{\"chat_template\": \"{% for %}\"}");
        assertRefused("tokenizer_config.json: ");
        config("{\"chat_template\": [{\"name\": \"rag\", \"template\": \"x\"}]}");
        assertRefused("tokenizer_config.json: ");
        config("{\"chat_template\": \"x\", \"bos_token\": 3}");
        assertRefused("tokenizer_config.json: ");
        config("{");
        assertRefused("tokenizer_config.json: ");
        Files.write(folder.resolve("chat_template.jinja"), new byte[] {(byte) 0xFF});
        assertRefused("chat_template.jinja: ");
        Files.writeString(folder.resolve("chat_template.jinja"), "{{ x");
        assertRefused("chat_template.jinja: ");
    }

    private void assertRefused(String start) {
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> ChatFormat.read(folder))
                .withMessageStartingWith(start);
    }

    private String rendered() {
        return ChatFormat.read(folder).orElseThrow().render(List.of(), false, Map.of(), CLOCK);
    }

    private void config(String json) throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), json);
    }

    private static String render(ChatFormat chat, JsonNode row) {
        var now = LocalDateTime.parse(row.get("now").stringValue()).atZone(ZoneId.systemDefault());
        var extra = new HashMap<String, Object>();
        row.properties().stream()
                .filter(field -> !NOT_VARIABLES.contains(field.getKey()))
                .forEach(field ->
                        extra.put(
                                field.getKey(), JSON.treeToValue(field.getValue(), Object.class)));
        var messages =
                JSON.treeToValue(
                        row.get("messages"), new TypeReference<List<Map<String, Object>>>() {});
        return chat.render(
                messages,
                row.get("add_generation_prompt").booleanValue(),
                extra,
                Clock.fixed(now.toInstant(), now.getZone()));
    }
}
