package org.dlora.api.openai;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dlora.api.connections.ConnectionSettings;
import org.dlora.api.connections.ConnectionsApi;
import org.dlora.security.AdapterPatterns;
import org.dlora.security.FakeKeyStore;
import org.dlora.security.IssuedKey;
import org.dlora.security.KeyRing;
import org.dlora.security.KeyService;
import org.dlora.security.KeySettings;
import org.dlora.security.RingSettings;
import org.dlora.security.Scope;
import org.dlora.security.SecretSource;
import org.dlora.security.users.TestConsole;
import org.dlora.security.web.SecurityWebConfiguration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/** Calls that run when their key is revoked. */
@Import(RevokedStreamTest.Keys.class)
class RevokedStreamTest extends ApiTest {
    private static final String PATH = "/v1/chat/completions";

    @TestConfiguration(proxyBeanMethods = false)
    @Import({SecurityWebConfiguration.class, TestConsole.class, ConnectionsApi.class})
    static class Keys {
        /**
         * Answers reach clients that still send: the last byte of a body comes after the answer.
         */
        @Bean
        ConnectionSettings connections() {
            var minute = Duration.ofMinutes(1);
            return new ConnectionSettings(100, 1 << 20, minute, minute, minute, minute);
        }

        @Bean
        KeyRing ring() {
            return new KeyRing(
                    new RingSettings(Optional.of("key-of-the-settings-01234"), false, false),
                    InstantSource.system());
        }

        @Bean
        KeyService keys(KeyRing ring) {
            return new KeyService(
                    ring, new FakeKeyStore(), SecretSource.inMemory(), InstantSource.system());
        }
    }

    @Autowired private KeyService keys;
    private @Nullable IssuedKey issued;

    @BeforeEach
    void makeAKey() {
        issued =
                keys.issue(
                        new KeySettings(
                                "app", null, Set.of(Scope.INFERENCE), AdapterPatterns.ALL, null));
    }

    private IssuedKey key() {
        return requireNonNull(issued);
    }

    private HttpRequest request(String members) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + PATH))
                .timeout(Duration.ofMinutes(1))
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + key().secret())
                .POST(BodyPublishers.ofString(ChatCompletionsTest.chat("demo", members)))
                .build();
    }

    private String started() throws InterruptedException {
        return String.valueOf(engine.started.poll(20, TimeUnit.SECONDS));
    }

    @Test
    void aStreamEndsWithAnErrorAndItsRequestIsCancelled() throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            HttpResponse<Stream<String>> answer;
            var pending = http.sendAsync(request(", \"stream\": true"), BodyHandlers.ofLines());
            var id = started();
            engine.say(id, Events.token('x'));
            answer = pending.get(20, TimeUnit.SECONDS);
            assertThat(answer.statusCode()).isEqualTo(200);
            try (var lines = answer.body()) {
                var seen = new CompletableFuture<Void>();
                var rest =
                        CompletableFuture.supplyAsync(() ->
                                lines.peek(
                                                line -> {
                                                    if (line.contains("\"content\":\"x\"")) {
                                                        seen.complete(null);
                                                    }
                                                })
                                        .filter(line -> !line.isEmpty())
                                        .collect(Collectors.toList()));
                seen.get(20, TimeUnit.SECONDS);
                keys.revoke(key().key().id());
                var all = rest.get(20, TimeUnit.SECONDS);
                assertThat(all.getLast()).isEqualTo("data: [DONE]");
                var error = json(all.get(all.size() - 2).substring("data: ".length())).get("error");
                assertThat(error.get("code").asString()).isEqualTo("invalid_api_key");
                assertThat(error.get("message").asString())
                        .contains(key().key().id())
                        .doesNotContain(key().secret());
            }
            assertThat(engine.cancelled.poll(20, TimeUnit.SECONDS)).isEqualTo(id);
            engine.say(id, Events.token('y'));
        }
    }

    @Test
    void aCallWithoutAStreamIsRefused() throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            var pending = http.sendAsync(request(""), BodyHandlers.ofString());
            var id = started();
            keys.revoke(key().key().id());
            var answer = pending.get(20, TimeUnit.SECONDS);
            assertThat(answer.statusCode()).isEqualTo(401);
            assertThat(json(answer.body()).get("error").get("code").asString())
                    .isEqualTo("invalid_api_key");
            assertThat(engine.cancelled.poll(20, TimeUnit.SECONDS)).isEqualTo(id);
        }
    }

    @Test
    void aBodyThatComesAfterTheEndOfItsKeyIsRefused() throws Exception {
        var body = ChatCompletionsTest.chat("demo", "").getBytes(StandardCharsets.UTF_8);
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(20_000);
            var out = socket.getOutputStream();
            var head =
                    "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\n"
                                    .formatted(PATH, port, key().secret())
                            + "Content-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
                                    .formatted(body.length);
            out.write(head.getBytes(StandardCharsets.US_ASCII));
            out.write(body, 0, body.length - 1);
            out.flush();
            // The key counts as used once its head has been read.
            while (keys.key(key().key().id()).orElseThrow().lastUsed() == null) {
                Thread.sleep(10);
            }
            keys.revoke(key().key().id());
            out.write(body, body.length - 1, 1);
            out.flush();
            var answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 401 ").contains("invalid_api_key");
        }
        assertThat(engine.started).isEmpty();
    }

    @Test
    void theRequestOfAKeySaysWhoseItIs() {
        engine.answer(request -> Events.saying("Hi", request.prompt().length));
        try (var http = HttpClient.newHttpClient()) {
            assertThat(http.sendAsync(request(""), BodyHandlers.ofString()).join().statusCode())
                    .isEqualTo(200);
        }
        assertThat(engine.arrivals.getLast().apiKey()).isEqualTo(key().key().id());
        assertThat(engine.arrivals.getLast().team()).isNull();
    }
}
