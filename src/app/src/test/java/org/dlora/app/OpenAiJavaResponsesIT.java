package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStatus;
import com.openai.models.responses.ResponseStreamEvent;
import com.openai.models.responses.ResponseTextDeltaEvent;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** OpenAI's official client for Java uses the Responses API unchanged. */
class OpenAiJavaResponsesIT extends OpenAiClientIT {
    private static final String TEXT = "The quick brown fox";
    private static final String ROT13 = "Gur dhvpx oebja sbk";

    private static ResponseCreateParams.Builder params() {
        return ResponseCreateParams.builder().model("rot13").input(TEXT).temperature(0);
    }

    private static String text(Response response) {
        return response.output()
                .getFirst()
                .message()
                .orElseThrow()
                .content()
                .getFirst()
                .outputText()
                .orElseThrow()
                .text();
    }

    @Test
    void aConversationIsCreatedReadAndDeleted() {
        var first = client.responses().create(params().instructions("Be brief.").build());
        first.validate();
        assertThat(first.status()).contains(ResponseStatus.COMPLETED);
        assertThat(first.usage().orElseThrow().outputTokens()).isPositive();
        var second =
                client.responses()
                        .create(params().previousResponseId(first.id()).maxOutputTokens(2).build());
        second.validate();
        assertThat(second.status()).contains(ResponseStatus.INCOMPLETE);
        assertThat(second.previousResponseId()).contains(first.id());
        var read = client.responses().retrieve(second.id());
        assertThat(read.output()).isEqualTo(second.output());
        var items = client.responses().inputItems().list(second.id());
        assertThat(items.data()).hasSize(3);
        assertThat(items.data().getFirst().responseInputMessageItem().orElseThrow().content())
                .hasSize(1);
        client.responses().delete(second.id());
        assertThatThrownBy(() -> client.responses().retrieve(second.id()))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("not found");
        assertThatThrownBy(() ->
                        client.responses().create(params().previousResponseId(second.id()).build()))
                .isInstanceOfSatisfying(
                        BadRequestException.class,
                        e -> assertThat(e.code()).contains("previous_response_not_found"));
    }

    @Test
    void anAnswerIsThatOfTheChat() {
        assertThat(text(client.responses().create(params().build()))).isEqualTo(ROT13);
    }

    @Test
    void aStreamAddsUpToItsResponse() {
        var accumulator = ResponseAccumulator.create();
        try (var stream = client.responses().createStreaming(params().build())) {
            var events = stream.stream().peek(accumulator::accumulate).toList();
            events.forEach(ResponseStreamEvent::validate);
            var text =
                    events.stream()
                            .map(ResponseStreamEvent::outputTextDelta)
                            .flatMap(Optional::stream)
                            .map(ResponseTextDeltaEvent::delta)
                            .collect(Collectors.joining());
            assertThat(text).isEqualTo(ROT13);
        }
        var whole = accumulator.response();
        assertThat(text(whole)).isEqualTo(ROT13);
        var next = client.responses().create(params().previousResponseId(whole.id()).build());
        assertThat(next.usage().orElseThrow().inputTokens())
                .isGreaterThan(whole.usage().orElseThrow().inputTokens());
    }
}
