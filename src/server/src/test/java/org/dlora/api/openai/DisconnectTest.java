package org.dlora.api.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.dlora.api.web.ConnectionThread;
import org.dlora.api.web.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpStatusCode;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;

/** A client that goes away frees its sequences: the engine hears of it at once. */
@Import(DisconnectTest.Watch.class)
class DisconnectTest extends ApiTest {

    @TestConfiguration(proxyBeanMethods = false)
    static class Watch {
        @Bean
        Exchanges exchanges() {
            return new Exchanges(new LinkedBlockingQueue<>());
        }

        @Bean
        WebFilter watching(Exchanges exchanges) {
            return (exchange, chain) -> {
                exchanges.begun().add(exchange);
                return chain.filter(exchange);
            };
        }
    }

    /** The calls so far. */
    record Exchanges(BlockingQueue<ServerWebExchange> begun) {}

    @Autowired Exchanges exchanges;
    @Autowired Errors errors;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void beforeTheFirstTokenAllSequencesAreCancelled(boolean stream) throws Exception {
        String first;
        String second;
        try (var _ = request(stream)) {
            first = started();
            second = started();
        }
        assertThat(List.of(cancelled(), cancelled())).containsExactlyInAnyOrder(first, second);
    }

    @Test
    void inMidStreamTheUnfinishedSequencesAreCancelled() throws Exception {
        String second;
        try (var client = request(true)) {
            var first = started();
            second = started();
            for (var event : Events.saying("Hi", 20)) {
                engine.say(first, event);
            }
            engine.say(second, Events.token('x'));
            var lines = new BufferedReader(new InputStreamReader(client.getInputStream(), UTF_8));
            assertThat(lines.lines().filter(line -> line.contains("\"content\":\"x\"")).findFirst())
                    .isPresent();
        }
        assertThat(cancelled()).isEqualTo(second);
        assertThat(engine.cancelled).isEmpty();
    }

    /** A call's body may be read while its client goes away. */
    @Test
    void aCallThatIsOnlyThenRunIsNoDefect() throws Exception {
        exchanges.begun().clear();
        try (var _ = request(false)) {
            started();
            started();
        }
        cancelled();
        cancelled();
        var exchange = requireNonNull(exchanges.begun().poll());
        var response = exchange.getResponse();
        await().until(() -> !ConnectionThread.channel(response).isRegistered());
        var gone = catchThrowable(() -> ConnectionThread.of(response));
        try (var said = new SaidInTheLog()) {
            errors.handle(exchange, gone).onErrorComplete().block(Duration.ofSeconds(20));
            assertThat(said.rest()).noneMatch(line -> line.contains("A request failed"));
        }
        assertThat(response.getStatusCode()).isEqualTo(HttpStatusCode.valueOf(499));
    }

    private Socket request(boolean stream) throws IOException {
        var body = ChatCompletionsTest.chat("demo", ", \"n\": 2, \"stream\": " + stream);
        var socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.getOutputStream()
                .write(
                        ("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                                        + body.length()
                                        + "\r\n\r\n"
                                        + body)
                                .getBytes(UTF_8));
        return socket;
    }

    private String started() throws InterruptedException {
        return String.valueOf(engine.started.poll(20, TimeUnit.SECONDS));
    }

    private String cancelled() throws InterruptedException {
        return String.valueOf(engine.cancelled.poll(20, TimeUnit.SECONDS));
    }
}
