package org.dlora.api.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.dlora.api.connections.ConnectionSettings;
import org.dlora.api.connections.ConnectionsApi;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.WebFilter;

/** Clients that do not send, or do not read, on real connections. */
@Import(SlowClientsTest.Bounds.class)
class SlowClientsTest extends ApiTest {
    private static final String POST =
            "POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    private static final int SMALL = 4096;

    @RestController
    static class Attribute {
        @PostMapping("/attribute")
        String attribute(ServerHttpRequest call) {
            return String.valueOf(call.getAttributes().get("said"));
        }
    }

    @TestConfiguration(proxyBeanMethods = false)
    @Import({ConnectionsApi.class, Attribute.class})
    static class Bounds {
        @Bean
        WebFilter said() {
            return (exchange, chain) -> {
                exchange.getAttributes().put("said", "given by a filter");
                return chain.filter(exchange);
            };
        }

        @Bean
        ConnectionSettings connections() {
            var short_ = Duration.ofSeconds(1);
            return new ConnectionSettings(
                    100, 50_000, Duration.ofMinutes(5), short_, short_, short_);
        }
    }

    @Autowired MeterRegistry metrics;

    private double ended(String cause) {
        return metrics.get("dlora.http.connections.ended").tag("cause", cause).counter().count();
    }

    @Test
    void headersThatDoNotEndAre408() throws Exception {
        try (var client = new RawClient(port)) {
            var answer = client.send("GET /health HTTP/1.1\r\nHos").answers();
            assertThat(answer)
                    .startsWith("HTTP/1.1 408 ")
                    .contains(
                            "The headers of the request came too slowly. Send it without long pauses");
        }
        assertThat(ended("slow_head")).isPositive();
    }

    @Test
    void aBodyThatDoesNotEndIs408() throws Exception {
        try (var client = new RawClient(port)) {
            var answer = client.send(POST + "Content-Length: 100\r\n\r\n{\"mo").answers();
            assertThat(answer)
                    .startsWith("HTTP/1.1 408 ")
                    .contains("The body of the request came too slowly");
        }
        assertThat(engine.submitted).isEmpty();
    }

    @Test
    void aClientThatDoesNotReadItsStreamIsCutOffAndItsRequestEnds() throws Exception {
        var body = ChatCompletionsTest.chat("demo", ", \"stream\": true, \"max_tokens\": 800");
        try (var client = new Socket()) {
            client.setReceiveBufferSize(SMALL);
            client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            client.getOutputStream()
                    .write(
                            ("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
                                            + body.length()
                                            + "\r\n\r\n"
                                            + body)
                                    .getBytes(UTF_8));
            var id = String.valueOf(engine.started.poll(20, TimeUnit.SECONDS));
            var cancelled = speakUntilCancelled(id);
            assertThat(cancelled).isEqualTo(id);
        }
        assertThat(ended("slow_reader")).isPositive();
    }

    /** More than the buffers of both sides hold, and on until the client is cut off. */
    private String speakUntilCancelled(String id) throws InterruptedException {
        for (int i = 0; i < 200_000; i++) {
            engine.say(id, Events.token('x'));
            var cancelled = engine.cancelled.poll();
            if (cancelled != null) {
                return cancelled;
            }
        }
        return String.valueOf(engine.cancelled.poll(30, TimeUnit.SECONDS));
    }

    /** Attributes set by a filter stay with the request, although its body is counted. */
    @Test
    void attributesOfACallReachItsHandler() {
        assertThat(
                        client().post()
                                .uri("/attribute")
                                .contentType(MediaType.APPLICATION_JSON)
                                .bodyValue("{}")
                                .exchange()
                                .expectBody(String.class)
                                .returnResult()
                                .getResponseBody())
                .isEqualTo("given by a filter");
    }

    @Test
    void aMalformedContentTypeIsNoDefect() throws Exception {
        for (var path : List.of("/health", "/v1/completions")) {
            try (var client = new RawClient(port)) {
                var answer =
                        client.send(
                                        "POST "
                                                + path
                                                + " HTTP/1.1\r\nHost: x\r\nContent-Type: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")
                                .answers();
                assertThat(answer).startsWith("HTTP/1.1 4");
            }
        }
    }

    @Test
    void bodiesBeyondTheMemoryForThemAre503AndTheirPlaceComesBack() throws IOException {
        var most = "x".repeat(40_000);
        for (int round = 0; round < 3; round++) {
            // Each is refused for its content, after it was read whole.
            post("/v1/completions", "{\"model\": \"" + most + "\"}").expectStatus().isNotFound();
        }
        post("/v1/completions", "{\"model\": \"" + "x".repeat(60_000) + "\"}")
                .expectStatus()
                .isEqualTo(503)
                .expectHeader()
                .exists("Retry-After")
                .expectBody()
                .jsonPath("$.error.code")
                .isEqualTo("overloaded");
        post("/v1/completions", "{\"model\": \"" + most + "\"}").expectStatus().isNotFound();
    }
}
