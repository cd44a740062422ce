package org.dlora.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests of the lines of a stream that are tokens, and of the time of the first one. */
class CompletionStreamTest {
    private static final String TOKEN = "data: {\"choices\": [{\"index\": 0, \"text\": \"x\"}]}";
    private static final String USAGE =
            "data: {\"choices\": [], \"usage\": {\"prompt_tokens\": 9, \"completion_tokens\": 2}}";
    private static final String END = "data: [DONE]";

    private final CompletionStream stream = new CompletionStream();

    private void lines(String... lines) throws IOException {
        for (int i = 0; i < lines.length; i++) {
            stream.line(lines[i], 100 + i);
        }
    }

    @Test
    void theFirstTokenCountsAndNotALaterOne() throws IOException {
        lines(TOKEN, "", TOKEN, "", USAGE, "", END);
        assertThat(stream.end(2)).isEqualTo(100);
    }

    /** Servers send comments to keep a connection open, and usage before any token. */
    @Test
    void commentsAndUsageAreNoTokens() throws IOException {
        lines(": ping", "", "event: message", "id: 7", USAGE, TOKEN, USAGE, END);
        assertThat(stream.end(2)).isEqualTo(105);
    }

    /** OpenAI sends {@code "usage": null} with each token where usage is included. */
    @Test
    void usageThatIsNullSaysNothing() throws IOException {
        lines(USAGE, "data: {\"choices\": [{\"text\": \"x\"}], \"usage\": null}", END);
        assertThat(stream.end(2)).isEqualTo(101);
    }

    /** The space after the colon is optional (HTML, "Server-sent events"). */
    @Test
    void theSpaceAfterTheColonMayBeMissing() throws IOException {
        lines(TOKEN.replace("data: ", "data:"), USAGE.replace("data: ", "data:"), "data:[DONE]");
        assertThat(stream.end(2)).isEqualTo(100);
    }

    @Test
    void aStreamWithoutItsEndWasCut() throws IOException {
        lines(TOKEN, TOKEN, USAGE);
        assertThatIOException()
                .isThrownBy(() -> stream.end(2))
                .withMessage("the stream was cut: it ended without [DONE]");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void anotherNumberOfTokensThanWantedIsNamed(int wanted) throws IOException {
        lines(TOKEN, USAGE, END);
        assertThatIOException()
                .isThrownBy(() -> stream.end(wanted))
                .withMessage("asked for " + wanted + " tokens, got 2");
    }

    @Test
    void tokensWithoutUsageAreNotCounted() throws IOException {
        lines(TOKEN, END);
        assertThatIOException().isThrownBy(() -> stream.end(1)).withMessageContaining("got 0");
    }

    @Test
    void usageWithoutATokenIsNoAnswer() throws IOException {
        lines(USAGE, END);
        assertThatIOException().isThrownBy(() -> stream.end(2)).withMessageContaining("asked for");
    }

    @Test
    void anErrorEndsTheStreamWithItsWords() {
        assertThatIOException()
                .isThrownBy(() -> lines(TOKEN, "data: {\"error\": {\"message\": \"no memory\"}}"))
                .withMessage("{\"message\":\"no memory\"}");
    }

    @Test
    void longErrorsAreCut() {
        assertThatIOException()
                .isThrownBy(() -> lines("data: {\"error\": \"" + "e".repeat(500) + "\"}"))
                .satisfies(e -> assertThat(e.getMessage()).hasSize(200));
        assertThatIOException()
                .isThrownBy(() -> lines("data: <" + "h".repeat(500)))
                .withMessage("an event is no JSON: <" + "h".repeat(199));
    }
}
