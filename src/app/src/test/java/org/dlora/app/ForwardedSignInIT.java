package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Guesses are counted by the address that a proxy gives. */
class ForwardedSignInIT {
    private static final Path DEMO = TestFiles.demo();
    private static final String PASSWORD = "correct horse battery";

    @ParameterizedTest
    @ValueSource(strings = {"framework", "native"})
    void aGuesserAtOneAddressLocksNobodyElseOut(String strategy) throws Exception {
        try (var server =
                        RunningServer.start(
                                DEMO.resolve("model"),
                                DEMO.resolve("adapters"),
                                RunningServer.JAVA_ALONE,
                                "--server.forward-headers-strategy=" + strategy);
                var guesser = new Browser(server.url());
                var other = new Browser(server.url())) {
            var made =
                    server.post(
                            "/admin/users",
                            "{\"name\": \"ann\", \"role\": \"admin\", \"password\": \"%s\"}"
                                    .formatted(PASSWORD));
            assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
            guesser.headers.put("X-Forwarded-For", "203.0.113.7");
            other.headers.put("X-Forwarded-For", "203.0.113.8");
            for (int i = 0; i < 5; i++) {
                assertThat(guesser.signIn("ann", "guess " + i).statusCode()).isEqualTo(401);
            }
            assertThat(guesser.signIn("ann", PASSWORD).statusCode()).isEqualTo(429);
            assertThat(other.signIn("ann", PASSWORD).statusCode()).isEqualTo(303);
            other.headers.putAll(Map.of("X-Forwarded-For", "unknown"));
            assertThat(other.get("/console").statusCode()).isEqualTo(200);
        }
    }
}
