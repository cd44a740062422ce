package org.dlora.api.webhooks;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.dlora.cluster.facts.ClusterEvent;
import org.dlora.cluster.facts.ClusterEvents;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import tools.jackson.databind.json.JsonMapper;

@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@ExtendWith(OutputCaptureExtension.class)
class WebhooksTest {
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final String FAILURE = "HTTP/1.1 500 No";
    private static final String CLOSE = "Connection: close";
    private static final JsonMapper JSON = new JsonMapper();

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private volatile Instant now = Instant.parse("2026-01-02T03:04:05Z");
    private final InstantSource clock = () -> now;
    private final ClusterEvents events = new ClusterEvents(clock);
    private HookServer server;

    @BeforeEach
    void listen() throws IOException {
        server = new HookServer();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Webhook hook(int queue, String... kinds) {
        return new Webhook(
                "0",
                server.url(),
                WebhookSignature.of(SECRET),
                Set.of(kinds),
                queue,
                Duration.ofSeconds(30),
                Duration.ofHours(1));
    }

    private Webhooks start(Webhook hook) {
        return new Webhooks(
                List.of(hook), events, registry, new RetryPause(Duration.ofMillis(5), () -> 0));
    }

    private void tell(String subject) {
        events.done("127.0.0.1", "adapter.pin", subject, null, Map.of("pinned", true));
    }

    private double count(String name) {
        return registry.get("dlora.webhook." + name).counter().count();
    }

    private double dropped(String reason) {
        return registry.get("dlora.webhook.dropped").tag("reason", reason).counter().count();
    }

    private static String subject(HookServer.Call call) {
        return JSON.readTree(call.body()).get("data").get("subject").asString();
    }

    /** The example of the standard's own libraries. */
    @Test
    void signatureIsThatOfTheStandard() {
        assertThat(
                        WebhookSignature.of(SECRET)
                                .sign(
                                        "msg_p5jXN8AQM9LWM0D4loKWxJek",
                                        1614265330,
                                        "{\"test\": 2432232314}".getBytes(UTF_8)))
                .isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    @Test
    void changeIsSentSigned() throws Exception {
        try (var _ = start(hook(10))) {
            tell("sql");
            var call = server.take();
            assertThat(call.path()).isEqualTo("POST /hook?token=hidden HTTP/1.1");
            assertThat(call.headers())
                    .containsEntry("content-type", "application/json")
                    .containsEntry("webhook-timestamp", String.valueOf(now.getEpochSecond()))
                    .containsEntry(
                            "webhook-signature",
                            WebhookSignature.of(SECRET)
                                    .sign(call.id(), now.getEpochSecond(), call.body()));
            assertThat(call.id()).startsWith("msg_");
            assertThat(JSON.readTree(call.body()))
                    .isEqualTo(
                            JSON.readTree(
                                    """
                                    {"type": "admin_action", "timestamp": "2026-01-02T03:04:05Z",
                                     "data": {"kind": "admin_action", "at": "2026-01-02T03:04:05Z", "actor": "127.0.0.1",
                                      "action": "adapter.pin", "subject": "sql", "before": null, "after": {"pinned": true}}}\
                                    """));
            await().until(() -> count("delivered") == 1);
        }
    }

    @Test
    void failedChangeIsTriedAgainBeforeThoseBehindIt() throws Exception {
        server.next(FAILURE, CLOSE)
                .next("HTTP/1.1 404 Not Found", CLOSE)
                .next((to, _) -> to.close());
        try (var _ = start(hook(10))) {
            tell("first");
            tell("second");
            var ids = new ArrayList<String>();
            for (int i = 0; i < 4; i++) {
                var call = server.take();
                assertThat(subject(call)).isEqualTo("first");
                ids.add(call.id());
            }
            assertThat(Set.copyOf(ids)).hasSize(1);
            assertThat(subject(server.take())).isEqualTo("second");
            await().until(() -> count("delivered") == 2);
            assertThat(count("failed")).isEqualTo(3);
        }
    }

    @Test
    void receiverThatHangsOrAnswersInPartTimesOut() throws Exception {
        server.hang()
                .next((to, out) -> {
                    out.write("HTTP/1.1 204 No Con".getBytes(US_ASCII));
                    server.keep(to);
                });
        var impatient =
                new Webhook(
                        "0",
                        server.url(),
                        WebhookSignature.of(SECRET),
                        Set.of(),
                        10,
                        Duration.ofMillis(300),
                        Duration.ofHours(1));
        try (var _ = start(impatient)) {
            tell("sql");
            await().atMost(Duration.ofMinutes(1)).until(() -> count("delivered") == 1);
            assertThat(count("failed")).isGreaterThanOrEqualTo(2);
            assertThat(server.calls.stream().map(HookServer.Call::id).distinct()).hasSize(1);
        }
    }

    @Test
    void endlessAnswerIsNotReadAndRedirectIsNotFollowed() throws Exception {
        try (var other = new HookServer()) {
            server.next("HTTP/1.1 302 Found", "Location: " + other.url(), CLOSE)
                    .next("HTTP/1.1 307 Found", "Location: " + other.url(), CLOSE)
                    .next((to, out) -> {
                        out.write("HTTP/1.1 200 OK\r\n\r\nendless".getBytes(US_ASCII));
                        server.keep(to);
                    });
            try (var _ = start(hook(10))) {
                tell("sql");
                await().atMost(Duration.ofMinutes(1)).until(() -> count("delivered") == 1);
                assertThat(count("failed")).isEqualTo(2);
                assertThat(other.calls).isEmpty();
            }
        }
    }

    @Test
    void kindsThatAreNotWantedAreNotSent() throws Exception {
        try (var _ = start(hook(10, "adapter_failed"))) {
            tell("sql");
            events.publish(new ClusterEvent.AdapterFailed(now, "host", "law", "NaN"));
            var type = JSON.readTree(server.take().body()).get("type").asString();
            assertThat(type).isEqualTo("adapter_failed");
            assertThat(server.calls).isEmpty();
        }
    }

    @Test
    void changesThatFindTheQueueFullAreCounted() throws Exception {
        server.hang();
        var hooks = start(hook(2));
        tell("in hand");
        server.take();
        for (int i = 0; i < 5; i++) {
            tell("waits " + i);
        }
        assertThat(dropped("full")).isEqualTo(3);
        assertThat(registry.get("dlora.webhook.queue").gauge().value()).isEqualTo(3);
        server.close();
        hooks.close();
    }

    @Test
    void changeThatIsTooOldIsGivenUp() throws Exception {
        server.next((to, _) -> {
            now = now.plus(Duration.ofMinutes(61));
            to.close();
        });
        try (var _ = start(hook(10))) {
            tell("old");
            await().until(() -> dropped("old") == 1);
            tell("new");
            assertThat(subject(server.take())).isEqualTo("old");
            assertThat(subject(server.take())).isEqualTo("new");
        }
    }

    @Test
    void shutdownSendsWaitingChanges() throws Exception {
        var release = new CountDownLatch(1);
        server.next((_, out) -> {
            try {
                release.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            out.write("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n".getBytes(US_ASCII));
        });
        var hooks = start(hook(10));
        tell("first");
        tell("second");
        server.take();
        release.countDown();
        hooks.close();
        assertThat(subject(server.take())).isEqualTo("second");
        assertThat(count("delivered")).isEqualTo(2);
        tell("after the end");
        assertThat(server.calls).isEmpty();
    }

    @Test
    void shutdownDoesNotWaitForAReceiverThatFails() throws Exception {
        server.next(FAILURE, CLOSE, "Retry-After: 3600").next(FAILURE, CLOSE).next(FAILURE, CLOSE);
        var hooks = start(hook(10));
        tell("first");
        tell("second");
        server.take();
        await().until(() -> count("failed") == 1);
        hooks.close();
        assertThat(count("delivered")).isZero();
    }

    @Test
    void neitherSecretNorUrlIsLogged(CapturedOutput output) throws Exception {
        server.next(FAILURE, CLOSE);
        var hook = hook(10);
        try (var _ = start(hook)) {
            tell("sql");
            await().until(() -> count("delivered") == 1);
        }
        assertThat(output + hook.toString())
                .contains("webhook 0 (http://127.0.0.1)")
                .doesNotContain("hidden")
                .doesNotContain(SECRET.substring(6));
    }
}
