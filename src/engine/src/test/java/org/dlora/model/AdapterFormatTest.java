package org.dlora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.dlora.model.tokenizer.SpecialTokenReader;
import org.dlora.tensor.LoadException;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of the tokenizer in an adapter's folder. */
class AdapterFormatTest {
    private static final Path MODEL = TestFiles.demo("model");
    private static final String TEMPLATE =
            "{% for message in messages %}<{{ message.role }}>{{ message.content }}{% endfor %}";

    @TempDir Path folder;
    private final BaseModel base = BaseModel.open(MODEL);

    @AfterEach
    void close() {
        base.close();
    }

    private AdapterFormat read() {
        return AdapterFormat.read(folder, base);
    }

    private void write(String file, String text) throws IOException {
        Files.writeString(folder.resolve(file), text);
    }

    private void copy(String file, UnaryOperator<String> change) throws IOException {
        write(file, change.apply(Files.readString(MODEL.resolve(file))));
    }

    @Test
    void aFolderWithoutFilesAddsNothing() {
        assertThat(read()).isEqualTo(AdapterFormat.NONE);
        AdapterFormat.checkTokenizer(folder, base);
    }

    /** Training scripts save the tokenizer of the base model beside each adapter. */
    @Test
    void theBaseModelsFilesAddNothing() throws IOException {
        for (var file : List.of("chat_template.jinja", "tokenizer_config.json", "tokenizer.json")) {
            copy(file, text -> text);
        }
        assertThat(read()).isEqualTo(AdapterFormat.NONE);
        AdapterFormat.checkTokenizer(folder, base);
    }

    @Test
    void anOwnTemplateIsUsedWithTheBaseModelsSpecialTokens() throws IOException {
        write("chat_template.jinja", TEMPLATE + "{{ eos_token }}");
        var format = read();
        var prompt =
                format.chat()
                        .orElseThrow()
                        .render(
                                List.of(Map.of("role", "user", "content", "Hi")),
                                true,
                                Map.of(),
                                Clock.systemUTC());
        var end = SpecialTokenReader.read(MODEL).get("eos_token");
        assertThat(prompt).isEqualTo("<user>Hi" + end);
        var hash = format.hash();
        assertThat(hash).matches("[0-9a-f]{64}").isEqualTo(read().hash());
        write("chat_template.jinja", TEMPLATE);
        assertThat(read().hash()).isNotEqualTo(hash);
    }

    @Test
    void aTemplateInTheTokenizersConfigurationIsUsed() throws IOException {
        write("tokenizer_config.json", "{\"chat_template\": \"{{ messages[0].content }}!\"}");
        assertThat(read().chat()).isPresent();
    }

    @Test
    void generationDefaultsAreRead() throws IOException {
        write(
                "generation_config.json",
                "{\"temperature\": 0.25, \"top_k\": 3, \"eos_token_id\": [1, 2]}");
        var generation = read().generation();
        assertThat(generation.temperature()).hasValue(0.25);
        assertThat(generation.topK()).hasValue(3);
        assertThat(generation.topP()).isEmpty();
        assertThat(base.generation().endTokens())
                .doesNotContainAnyElementsOf(generation.endTokens());
        assertThat(read().hash()).isNotEmpty();
    }

    @Test
    void anEndTokenThatTheBaseModelLacksIsRefused() throws IOException {
        write("chat_template.jinja", TEMPLATE);
        write("tokenizer_config.json", "{\"eos_token\": \"<|nowhere|>\"}");
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(this::read)
                .withMessageContaining("eos_token '<|nowhere|>' is no token of the base model's");
    }

    @Test
    void aTemplateThatCannotBeParsedIsRefused() throws IOException {
        write("chat_template.jinja", "{% if %}");
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(this::read)
                .withMessageContaining("chat_template.jinja");
    }

    @Test
    void otherIdsAndFurtherTokensAreRefused() throws IOException {
        copy(
                "tokenizer.json",
                text -> text.replace("\"a\":", "\"aa\":").replace("\"b\":", "\"a\":"));
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> AdapterFormat.checkTokenizer(folder, base))
                .withMessageContaining("tokenizer.json: token '")
                .withMessageContaining(
                        "an adapter must be trained with its base model's tokenizer");
    }

    /** Formatting, and what does not concern ids, may differ. */
    @Test
    void theSameIdsInAnotherFileAreAccepted() throws IOException {
        copy("tokenizer.json", text -> text + "\n\n");
        AdapterFormat.checkTokenizer(folder, base);
    }
}
