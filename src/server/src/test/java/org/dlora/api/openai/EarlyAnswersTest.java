package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import org.dlora.api.connections.ConnectionSettings;
import org.dlora.api.connections.ConnectionsApi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/** A client that reads only after it has sent all gets the answer that came earlier. */
@Import(EarlyAnswersTest.Bounds.class)
class EarlyAnswersTest extends ApiTest {
    private static final String HEAD = "Host: x\r\nContent-Type: application/json\r\n";
    private static final int MEGABYTE = 1 << 20;

    /** More than the buffers of both sides hold. */
    private static final int PARTS = 16;

    @TestConfiguration(proxyBeanMethods = false)
    @Import(ConnectionsApi.class)
    static class Bounds {
        @Bean
        ConnectionSettings connections() {
            var long_ = Duration.ofMinutes(5);
            return new ConnectionSettings(100, 50 * MEGABYTE, long_, long_, long_, long_);
        }
    }

    private String answer(String head, String part) throws IOException {
        try (var client = new RawClient(port)) {
            client.send(head);
            for (int i = 0; i < PARTS; i++) {
                client.send(part);
            }
            return client.answers();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "413, POST /v1/completions HTTP/1.1, Transfer-Encoding: chunked",
        "400, POST /v1/completions HTTP/3.1, Transfer-Encoding: chunked",
        "404, POST /nothing HTTP/1.1, Transfer-Encoding: chunked",
    })
    void aBodyIsSentToItsEnd(int status, String line, String header) throws Exception {
        var part = "a".repeat(MEGABYTE);
        var head = line + "\r\n" + HEAD + header + "\r\nConnection: close\r\n\r\n";
        assertThat(answer(head, "100000\r\n" + part + "\r\n"))
                .startsWith("HTTP/1.1 " + status + " ")
                .contains("{\"error\":{\"message\":")
                .endsWith("}");
    }

    @Test
    void headersAreSentToTheirEnd() throws Exception {
        assertThat(answer("GET / HTTP/1.1\r\n", "X: y\r\n".repeat(MEGABYTE / 6)))
                .startsWith("HTTP/1.1 431 ")
                .contains("The headers of the request are larger than the server takes")
                .endsWith("}");
    }

    @Test
    void aTargetIsSentToItsEnd() throws Exception {
        assertThat(answer("GET /", "a".repeat(MEGABYTE))).startsWith("HTTP/1.1 414 ").endsWith("}");
    }

    @Test
    void theConnectionOfAClientThatSendsNothingMoreEndsWithTheAnswer() throws Exception {
        try (var client = new RawClient(port)) {
            assertThat(client.send("nonsense\r\n\r\n").answers()).startsWith("HTTP/1.1 400 ");
        }
    }
}
