package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dlora.api.openai.completion.FillIn;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.model.BaseModel;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Text that fills a gap, of a model whose tokenizer has the tokens for that. */
class FillInTest extends ApiTest {
    private static final String PATH = "/v1/fim/completions";
    private static final Path QWEN = TestFiles.golden("models/qwen3");
    private static final String FILLED = "<|fim_prefix|>a<|fim_suffix|>c<|fim_middle|>";

    @TempDir Path folder;
    private BaseModel coder;

    @BeforeEach
    void serveAModelOfCode() throws IOException {
        try (var files = Files.list(QWEN)) {
            for (var file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        var tokenizer = folder.resolve("tokenizer.json");
        Files.writeString(
                tokenizer,
                Files.readString(tokenizer)
                        .replace("</tool_call>", "<|fim_suffix|>")
                        .replace("<tool_call>", "<|fim_prefix|>")
                        .replace("<think>", "<|fim_middle|>"));
        coder = BaseModel.open(folder);
        new ServedBuilder(new ServedModels(coder, 8192, changes.catalogue(), NOW), engine)
                .begin(serving, administration);
        engine.answer(request -> Events.saying("b", request.prompt().length));
    }

    @AfterEach
    void close() {
        coder.close();
    }

    private JsonNode refused(String path, String body) {
        var answer =
                post(path, body)
                        .expectStatus()
                        .isBadRequest()
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody();
        assertThat(engine.submitted).isEmpty();
        return json(String.valueOf(answer)).get("error");
    }

    private int[] prompt() {
        return engine.submitted.getLast().prompt();
    }

    @Test
    void theAnswerOfMistralsEndpointHasTheShapeOfAChats() {
        var answer =
                ask(
                        PATH,
                        "{\"prompt\": \"a\", \"suffix\": \"c\", \"random_seed\": 7, \"max_tokens\": 5}");
        assertThat(answer.get("object").asString()).isEqualTo("chat.completion");
        assertThat(answer.at("/choices/0/message/content").asString()).isEqualTo("b");
        assertThat(prompt()).isEqualTo(coder.tokenizer().encode(FILLED, true));
        assertThat(coder.tokenizer().decode(prompt(), false)).isEqualTo(FILLED);
        assertThat(engine.submitted.getLast().sampling().seed()).hasValue(7);
        assertThat(engine.submitted.getLast().stop().maxTokens()).isEqualTo(5);
    }

    @Test
    void aStreamHasChunksOfAChat() {
        var chunks = stream(PATH, "{\"prompt\": \"a\", \"suffix\": \"c\", \"stream\": true}");
        assertThat(chunks)
                .allMatch(chunk -> chunk.get("object").asString().equals("chat.completion.chunk"));
    }

    @Test
    void aSuffixOfATextCompletionIsTheSame() {
        var answer = ask("/v1/completions", "{\"prompt\": \"a\", \"suffix\": \"c\"}");
        assertThat(answer.at("/choices/0/text").asString()).isEqualTo("b");
        assertThat(prompt()).isEqualTo(coder.tokenizer().encode(FILLED, true));
        ask("/v1/completions", "{\"prompt\": \"a\", \"suffix\": \"\"}");
        assertThat(prompt()).isEqualTo(coder.tokenizer().encode("a", true));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    /v1/completions     | "prompt": [1, 2], "suffix": "c"              | prompt
                    /v1/completions     | "prompt": "a", "suffix": "c", "echo": true   | echo
                    /v1/completions     | "prompt": "a", "suffix": 1                   | suffix
                    /v1/fim/completions | "suffix": "c"                                | prompt
                    /v1/fim/completions | "prompt": ["a"]                              | prompt
                    /v1/fim/completions | "prompt": "a", "max_tokens": 0               | max_tokens
                    /v1/fim/completions | "prompt": "a", "echo": true                  | echo
                    """)
    void wrongMembersAreRefusedByName(String path, String members, String param) {
        var error = refused(path, "{" + members + "}");
        assertThat(error.get("param").asString()).isEqualTo(param);
    }

    @Test
    void aModelWithoutTheTokensIsNotAsked() {
        new ServedBuilder(new ServedModels(base, 1024, changes.catalogue(), NOW), engine)
                .begin(serving, administration);
        for (var path : new String[] {PATH, "/v1/completions"}) {
            var error = refused(path, "{\"prompt\": \"a\", \"suffix\": \"c\"}");
            assertThat(error.get("param").asString()).isEqualTo("suffix");
            assertThat(error.get("message").asString()).contains("not trained to fill in");
        }
    }

    /** The suffix comes first, and the answer goes on behind the prompt. */
    @Test
    void codestralsFormatEndsWithThePrompt() {
        assertThat(FillIn.CODESTRAL.render("a", "c")).isEqualTo("[SUFFIX]c[PREFIX]a");
        assertThat(FillIn.DEEPSEEK.render("a", "c"))
                .isEqualTo("<｜fim▁begin｜>a<｜fim▁hole｜>c<｜fim▁end｜>");
    }
}
