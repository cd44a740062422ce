package org.dlora.api.openai;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.dlora.cluster.facts.Arrival;
import org.dlora.replica.request.GenerationRequest;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.test.web.reactive.server.EntityExchangeResult;

class RequestIdTest extends ApiTest {
    private static final String HEADER = "X-Request-Id";
    private static final String CHAT = "/v1/chat/completions";
    private static final String HI =
            """
            {"model": "demo", "messages": [{"role": "user", "content": "hi"}]%s}
            """;

    @Test
    void theClientsIdIsEchoedAndGoesWithItsRequests() {
        engine.answer(request -> Events.saying("a", request.prompt().length));
        var answer = chat(HI.formatted(", \"n\": 2"), "my-id/7");
        assertThat(header(answer)).isEqualTo("my-id/7");
        assertThat(engine.arrivals)
                .hasSize(2)
                .allMatch(arrival -> "my-id/7".equals(arrival.clientId()))
                .extracting(Arrival::at)
                .containsOnly(NOW);
        assertThat(json(requireNonNull(answer.getResponseBody())).get("id").asString())
                .startsWith("chatcmpl-")
                .doesNotContain("my-id");
    }

    @Test
    void answersWithoutAClientsIdHaveTheServersKeyOfTheCall() {
        engine.answer(request -> Events.saying("a", request.prompt().length));
        var answer = chat(HI.formatted(""), null);
        var key = header(answer);
        assertThat(key).matches("[0-9a-f]{32}");
        assertThat(json(requireNonNull(answer.getResponseBody())).get("id").asString())
                .isEqualTo("chatcmpl-" + key);
        assertThat(engine.submitted)
                .extracting(GenerationRequest::id)
                .containsExactly("chatcmpl-" + key + "-0");
        assertThat(engine.arrivals).extracting(Arrival::clientId).containsOnlyNulls();
    }

    @Test
    void clientsThatSendTheSameIdHaveKeysOfTheirOwn() {
        engine.answer(request -> Events.saying("a", request.prompt().length));
        chat(HI.formatted(""), "same");
        chat(HI.formatted(""), "same");
        assertThat(engine.submitted)
                .extracting(GenerationRequest::id)
                .hasSize(2)
                .doesNotHaveDuplicates();
    }

    @Test
    void streamsHaveTheRequestId() {
        engine.answer(request -> Events.saying("a", request.prompt().length));
        var answer = chat(HI.formatted(", \"stream\": true"), "s");
        assertThat(answer.getResponseBody()).endsWith("data: [DONE]\n\n");
        assertThat(header(answer)).isEqualTo("s");
    }

    /** An answer of the API that is no success. */
    record Refused(int status, HttpMethod method, String path, String type, String body) {
        @Override
        public String toString() {
            return status + " " + path;
        }
    }

    static Stream<Refused> errors() {
        var json = MediaType.APPLICATION_JSON_VALUE;
        return Stream.of(
                new Refused(400, HttpMethod.POST, CHAT, json, "{"),
                new Refused(400, HttpMethod.POST, "/v1/completions", json, "{\"a\": 1}"),
                new Refused(
                        404,
                        HttpMethod.POST,
                        CHAT,
                        json,
                        HI.formatted("").replace("\"demo\"", "\"nobody\"")),
                new Refused(404, HttpMethod.GET, "/v1/nothing", json, ""),
                new Refused(404, HttpMethod.GET, "/v1/models/nobody", json, ""),
                new Refused(405, HttpMethod.DELETE, CHAT, json, ""),
                new Refused(413, HttpMethod.POST, CHAT, json, " ".repeat(200_000)),
                new Refused(415, HttpMethod.POST, CHAT, "text/plain", HI.formatted("")),
                new Refused(429, HttpMethod.POST, CHAT, json, HI.formatted("")));
    }

    @ParameterizedTest
    @MethodSource("errors")
    void errorsHaveTheRequestId(Refused refused) {
        engine.capacity(0);
        for (var id : List.of("mine", "other")) {
            var answer =
                    client().method(refused.method)
                            .uri(refused.path)
                            .header("Content-Type", refused.type)
                            .header(HEADER, id)
                            .bodyValue(refused.body)
                            .exchange()
                            .expectStatus()
                            .isEqualTo(refused.status)
                            .expectBody(String.class)
                            .returnResult();
            assertThat(header(answer)).isEqualTo(id);
            assertThat(answer.getResponseBody()).contains("\"error\"");
        }
    }

    @Test
    void aServerThatLoadsEchoesTheRequestId() {
        serving.end();
        client().get()
                .uri("/v1/models")
                .header(HEADER, "early")
                .exchange()
                .expectStatus()
                .isEqualTo(503)
                .expectHeader()
                .valueEquals(HEADER, "early");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "two words", "tab\tbed", "grün"})
    void anIdOfOtherCharactersIsIgnored(String id) throws IOException {
        assertThat(raw(HEADER + ": " + id + "\r\n")).matches("[0-9a-f]{32}");
    }

    @Test
    void anIdMayHave128Characters() throws IOException {
        assertThat(raw(HEADER + ": " + "x".repeat(128) + "\r\n")).isEqualTo("x".repeat(128));
        assertThat(raw(HEADER + ": " + "x".repeat(129) + "\r\n")).matches("[0-9a-f]{32}");
    }

    @Test
    void severalIdsAndFoldedLinesAreIgnored() throws IOException {
        assertThat(raw(HEADER + ": a\r\n" + HEADER + ": b\r\n")).matches("[0-9a-f]{32}");
        assertThat(raw(HEADER + ": a\r\n Set-Cookie: b\r\n")).matches("[0-9a-f]{32}");
    }

    /** Returns the id in the answer to a request with these header lines. */
    private String raw(String lines) throws IOException {
        try (var client = new RawClient(port)) {
            var answer =
                    client.send(
                                    "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                            + lines
                                            + "\r\n")
                            .answers();
            assertThat(answer).startsWith("HTTP/1.1 200").doesNotContain("Set-Cookie");
            return answer.lines()
                    .filter(line -> line.startsWith(HEADER + ": "))
                    .map(line -> line.substring(HEADER.length() + 2))
                    .reduce((a, b) -> a + ", " + b)
                    .orElseThrow();
        }
    }

    @Test
    void openAisHeaderOfTheClientIsNotedAndNotEchoed() {
        engine.answer(request -> Events.saying("a", request.prompt().length));
        var answer =
                client().post()
                        .uri(CHAT)
                        .contentType(MediaType.APPLICATION_JSON)
                        .header("X-Client-Request-Id", "theirs")
                        .bodyValue(HI.formatted(""))
                        .exchange()
                        .expectStatus()
                        .isOk()
                        .expectBody(String.class)
                        .returnResult();
        assertThat(header(answer)).matches("[0-9a-f]{32}");
        assertThat(engine.arrivals).extracting(Arrival::clientId).containsExactly("theirs");
    }

    @Test
    void otherSpellingsOfAPathHaveTheRequestId() throws IOException {
        engine.answer(request -> Events.saying("a", request.prompt().length));
        try (var client = new RawClient(port)) {
            var body = HI.formatted("");
            var answer =
                    client.send(
                                    "POST /%761/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                            + "Content-Type: application/json\r\nX-Request-Id: x\r\nContent-Length: "
                                            + body.length()
                                            + "\r\n\r\n"
                                            + body)
                            .answers();
            assertThat(answer).startsWith("HTTP/1.1 200").contains("X-Request-Id: x\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/health", "/version"})
    void otherPathsHaveNoRequestId(String path) {
        client().get().uri(path).header(HEADER, "x").exchange().expectHeader().doesNotExist(HEADER);
    }

    private EntityExchangeResult<String> chat(String body, @Nullable String id) {
        return client().post()
                .uri(CHAT)
                .contentType(MediaType.APPLICATION_JSON)
                .headers(headers -> {
                    if (id != null) {
                        headers.set(HEADER, id);
                    }
                })
                .bodyValue(body)
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody(String.class)
                .returnResult();
    }

    private static String header(EntityExchangeResult<String> answer) {
        return requireNonNull(answer.getResponseHeaders().getFirst(HEADER));
    }
}
