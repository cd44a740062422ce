package org.dlora.api.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.test.context.TestPropertySource;

/** A page whose name is resolved to loopback reads nothing of a server without keys. */
class HostGuardTest {

    @Nested
    @TestPropertySource(properties = {"test.address=127.0.0.1", "test.hosts=llm.example,[fe80::1]"})
    class OnLoopback extends GuardedServer {

        @ParameterizedTest
        @ValueSource(strings = {"GET", "OPTIONS", "POST"})
        void noCallToAForeignHostIsAnswered(String method) throws IOException {
            assertThat(send(method, "/other", "evil.example:80", JSON)).isEqualTo(403);
            assertThat(send(method, "/nowhere", "evil.example", JSON)).isEqualTo(403);
            assertThat(changes.made).isEmpty();
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "localhost",
                    "dlora.localhost:8080",
                    "127.9.9.9",
                    "[::1]:1",
                    "LLM.example:443",
                    "[FE80::1]"
                })
        void callsToOwnHostsAreAnswered(String host) throws IOException {
            assertThat(send("GET", "/other", host, "")).isEqualTo(200);
            assertThat(changeAt(host)).isEqualTo(200);
            assertThat(changes.made).containsExactly("GET", "POST");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {"sub.llm.example", "localhost.", "a.localhost.example", "[fe80::2]"})
        void namesResemblingOwnHostsAreRefused(String host) throws IOException {
            assertThat(send("GET", "/other", host, "")).isEqualTo(403);
            assertThat(changes.made).isEmpty();
        }

        @Test
        void twoHostsAreRefusedAndProbesWithoutOneAnswered() throws IOException {
            assertThat(
                            send(
                                    "GET /other HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n"))
                    .isEqualTo(400);
            assertThat(send("GET /other HTTP/1.0\r\n\r\n")).isEqualTo(200);
            assertThat(changes.made).containsExactly("GET");
        }
    }

    @Nested
    @TestPropertySource(properties = {"test.address=127.0.0.1", "test.key=secret"})
    class WithAKey extends GuardedServer {

        @Test
        void readsAreAnsweredUnderEachName() throws IOException {
            assertThat(send("GET", "/other", "llm.example", "")).isEqualTo(200);
        }
    }

    @Nested
    @TestPropertySource(properties = "test.address=open")
    class OnAnOpenNetwork extends GuardedServer {

        @Test
        void readsAreAnsweredUnderEachName() throws IOException {
            assertThat(send("GET", "/other", "llm.example", "")).isEqualTo(200);
        }
    }

    @Nested
    @TestPropertySource(properties = {"test.address=open", "test.hosts=llm.example"})
    class OnAnOpenNetworkWithNames extends GuardedServer {

        @Test
        void namesOfTheSettingsHold() throws IOException {
            assertThat(send("GET", "/other", "llm.example", "")).isEqualTo(200);
            assertThat(send("GET", "/other", "evil.example", "")).isEqualTo(403);
        }
    }
}
