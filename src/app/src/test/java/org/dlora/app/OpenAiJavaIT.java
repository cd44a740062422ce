package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.models.Model;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** OpenAI's official client for Java works unchanged. */
class OpenAiJavaIT extends OpenAiClientIT {
    private static final String TEXT = "The quick brown fox";

    @Test
    void listsTheModels() {
        assertThat(client.models().list().data().stream().map(Model::id))
                .containsExactly(
                        "dlora-demo",
                        "leet",
                        "piglatin",
                        "reverse",
                        "rot13",
                        "spell",
                        "title",
                        "upper",
                        "vowels");
        assertThat(client.models().retrieve("rot13").id()).isEqualTo("rot13");
    }

    @Test
    void completesAChat() {
        var answer = client.chat().completions().create(chat("rot13").build());
        assertThat(content(answer.choices().getFirst())).isEqualTo("Gur dhvpx oebja sbk");
        assertThat(answer.choices().getFirst().finishReason())
                .isEqualTo(ChatCompletion.Choice.FinishReason.STOP);
        assertThat(answer.usage().orElseThrow().completionTokens()).isEqualTo(TEXT.length() + 1);
        answer.validate();
    }

    @Test
    @SuppressWarnings("deprecation") // OpenAI's schema of chats marks the field so.
    void everyAnswerHasTheFingerprintOfTheServer() {
        var answer = client.chat().completions().create(chat("rot13").build());
        var fingerprint = answer.systemFingerprint().orElseThrow();
        assertThat(fingerprint).matches("fp_[0-9a-f]{16}");
        var params = chat("upper").n(2).build();
        try (var stream = client.chat().completions().createStreaming(params)) {
            assertThat(stream.stream().toList())
                    .isNotEmpty()
                    .allSatisfy(
                            chunk -> assertThat(chunk.systemFingerprint()).hasValue(fingerprint));
        }
        var text = CompletionCreateParams.builder().model("dlora-demo").prompt("a").build();
        assertThat(client.completions().create(text).systemFingerprint()).hasValue(fingerprint);
    }

    @Test
    void streamsAChat() {
        var params =
                chat("upper")
                        .streamOptions(
                                ChatCompletionStreamOptions.builder().includeUsage(true).build())
                        .build();
        try (var stream = client.chat().completions().createStreaming(params)) {
            List<ChatCompletionChunk> chunks = stream.stream().toList();
            chunks.forEach(ChatCompletionChunk::validate);
            var text =
                    chunks.stream()
                            .flatMap(chunk -> chunk.choices().stream())
                            .map(choice -> choice.delta().content().orElse(""))
                            .collect(Collectors.joining());
            assertThat(text).isEqualTo("THE QUICK BROWN FOX");
            assertThat(chunks.getLast().usage().orElseThrow().completionTokens())
                    .isEqualTo(TEXT.length() + 1);
        }
    }

    @Test
    void returnsSeveralChoicesAndLogprobs() {
        var answer =
                client.chat()
                        .completions()
                        .create(chat("dlora-demo").n(2).logprobs(true).topLogprobs(3).build());
        assertThat(answer.choices().stream().map(OpenAiJavaIT::content))
                .containsExactly(TEXT, TEXT);
        var first =
                answer.choices()
                        .getFirst()
                        .logprobs()
                        .orElseThrow()
                        .content()
                        .orElseThrow()
                        .getFirst();
        assertThat(first.token()).isEqualTo("T");
        assertThat(first.bytes().orElseThrow()).containsExactly((long) 'T');
        assertThat(first.topLogprobs()).hasSize(3);
        answer.validate();
    }

    @Test
    void stopsAtAStopString() {
        var answer = client.chat().completions().create(chat("dlora-demo").stop("brown").build());
        assertThat(content(answer.choices().getFirst())).isEqualTo("The quick ");
    }

    @Test
    void completesText() {
        var params =
                CompletionCreateParams.builder()
                        .model("upper")
                        .prompt("<|im_start|>user\n" + TEXT + "<|im_end|>\n<|im_start|>assistant\n")
                        .temperature(0)
                        .maxTokens(64)
                        .logprobs(1)
                        .build();
        var answer = client.completions().create(params);
        assertThat(answer.choices().getFirst().text()).isEqualTo("THE QUICK BROWN FOX");
        answer.validate();
    }

    @Test
    void errorsBecomeTheClientsExceptions() {
        assertThatThrownBy(() -> client.chat().completions().create(chat("gpt-9").build()))
                .isInstanceOfSatisfying(
                        NotFoundException.class,
                        e -> {
                            assertThat(e.code()).contains("model_not_found");
                            assertThat(e.param()).contains("model");
                        });
        assertThatThrownBy(() ->
                        client.chat().completions().create(chat("upper").temperature(3).build()))
                .isInstanceOfSatisfying(
                        BadRequestException.class,
                        e -> assertThat(e.param()).contains("temperature"))
                .hasMessageContaining("'temperature' must be a number from 0 to 2, but is 3");
        assertThatThrownBy(() -> client.chat().completions().createStreaming(chat("gpt-9").build()))
                .isInstanceOf(NotFoundException.class);
    }

    private static ChatCompletionCreateParams.Builder chat(String model) {
        return ChatCompletionCreateParams.builder()
                .model(model)
                .addUserMessage(TEXT)
                .temperature(0);
    }

    private static String content(ChatCompletion.Choice choice) {
        return choice.message().content().orElseThrow();
    }
}
