package org.dlora.api.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import org.junit.jupiter.api.Test;

/** The words in which a client is told that its request was no HTTP. */
class DecodingFailureTest {

    @Test
    void theLimitIsNamed() {
        var line =
                DecodingFailure.refusal(
                        new TooLongHttpLineException("An HTTP line is larger than 4096 bytes."));
        assertThat(line.status().value()).isEqualTo(414);
        assertThat(line.getMessage()).contains("than the server takes (4096 bytes).");
        var headers = DecodingFailure.refusal(new TooLongHttpHeaderException("larger than 8192"));
        assertThat(headers.status().value()).isEqualTo(431);
        assertThat(headers.getMessage()).contains("than the server takes (8192 bytes).");
    }

    @Test
    void aLimitThatTheDecoderDoesNotStateIsLeftOut() {
        assertThat(DecodingFailure.refusal(new TooLongHttpLineException()).getMessage())
                .contains("takes. Shorten");
    }

    @Test
    void otherErrorsAreOneSentence() {
        assertThat(DecodingFailure.refusal(new IllegalArgumentException("empty name.")))
                .satisfies(e -> assertThat(e.status().value()).isEqualTo(400))
                .hasMessage("The request is not valid HTTP/1.1: empty name.");
        assertThat(DecodingFailure.refusal(new IllegalArgumentException("odd")))
                .hasMessage("The request is not valid HTTP/1.1: odd.");
    }

    /** Texts of clients must not write lines of their own into the log. */
    @Test
    void textOfAClientIsOneShortLine() {
        assertThat(DecodingFailure.line("a\r\nb\tc\u0000d\u007f")).isEqualTo("a??b?c?d?");
        assertThat(DecodingFailure.line("x".repeat(200))).isEqualTo("x".repeat(200));
        assertThat(DecodingFailure.line("x".repeat(201))).isEqualTo("x".repeat(200) + "…");
    }

    @Test
    void theAnswerIsWholeAndEndsTheConnection() {
        var response = DecodingFailure.response(DecodingFailure.wrongTarget());
        try {
            assertThat(response.status().code()).isEqualTo(400);
            assertThat(response.headers().get("content-type")).isEqualTo("application/json");
            assertThat(response.headers().get("connection")).isEqualTo("close");
            assertThat(response.headers().getInt("content-length"))
                    .isEqualTo(response.content().readableBytes())
                    .isPositive();
        } finally {
            response.release();
        }
    }
}
