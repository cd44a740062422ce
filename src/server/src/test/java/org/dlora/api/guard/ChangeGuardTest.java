package org.dlora.api.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.dlora.api.openai.RawClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.test.context.TestPropertySource;

@TestPropertySource(properties = "test.address=Box")
class ChangeGuardTest extends GuardedServer {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "localhost:PORT",
                "LocalHost:1",
                "127.0.0.1:PORT",
                "127.1.2.3",
                "[::1]",
                "[::1]:PORT",
                "[0:0:0:0:0:0:0:1]:PORT",
                "[::ffff:127.0.0.1]",
                "dlora.localhost:PORT",
                "box",
                "BOX:PORT"
            })
    void aHostOfItsOwnMayBeChanged(String host) throws IOException {
        assertThat(changeAt(host)).isEqualTo(200);
        assertThat(changes.made).containsExactly("POST");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:PORT",
                "localhost.evil.example",
                "127.0.0.1.evil.example",
                "evillocalhost",
                "box.evil.example",
                "192.168.1.7:PORT",
                "0.0.0.0:PORT",
                "[::]:PORT",
                "[fe80::1]:PORT",
                "[::ffff:192.168.1.7]",
                "::1",
                "localhost@evil.example",
                "evil.example@localhost",
                "localhost/evil.example",
                "localhost?evil.example",
                "localhost:80:80",
                "localhost:port",
                "localhost, evil.example",
                "localhost evil.example",
                "loc%61lhost",
                "127.0.0.256",
                "[::1",
                "::1]",
                ":80"
            })
    void aForeignHostIsRefused(String host) throws IOException {
        assertThat(changeAt(host)).isIn(403, 400);
        assertThat(changes.made).isEmpty();
    }

    @Test
    void theRefusalOfAHostSaysWhatIsAllowed() throws IOException {
        try (var client = new RawClient(port)) {
            var answer =
                    client.send(
                                    "POST /admin/thing HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n"
                                            + JSON
                                            + "Content-Length: 2\r\n\r\n{}")
                            .answers();
            assertThat(answer)
                    .startsWith("HTTP/1.1 403")
                    .contains("localhost, a loopback address or server.address")
                    .contains("dlora.http.allowed-hosts")
                    .contains("'evil.example'");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /admin/thing HTTP/1.1\r\nConnection: close\r\n",
                "POST /admin/thing HTTP/1.0\r\n",
                "POST /admin/thing HTTP/1.1\r\nConnection: close\r\nHost:\r\n",
                "POST /admin/thing HTTP/1.1\r\nConnection: close\r\nHost: localhost\r\nHost: evil.example\r\n",
                "POST /admin/thing HTTP/1.1\r\nConnection: close\r\nHost: localhost\r\nHost: localhost\r\n"
            })
    void noHostAndSeveralAreRefused(String head) throws IOException {
        assertThat(send(head + JSON + "Content-Length: 2\r\n\r\n{}")).isIn(400, 403);
        assertThat(changes.made).isEmpty();
    }

    @Test
    void http10WithAHostIsTaken() throws IOException {
        assertThat(
                        send(
                                "POST /admin/thing HTTP/1.0\r\nHost: localhost\r\n"
                                        + JSON
                                        + "Content-Length: 2\r\n\r\n{}"))
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "http://localhost:PORT, localhost:PORT",
        "http://127.0.0.1:PORT, 127.0.0.1:PORT",
        "http://[::1]:PORT, [::1]:PORT",
        "http://box:PORT, box:PORT",
        "http://localhost, localhost",
        "http://localhost, localhost:80",
        "https://localhost, localhost"
    })
    void aPageOfTheServerItselfMayChangeIt(String origin, String host) throws IOException {
        assertThat(changeFrom(origin, host)).isEqualTo(200);
        assertThat(changes.made).containsExactly("PUT");
    }

    @ParameterizedTest
    @CsvSource({
        "http://evil.example, localhost:PORT",
        "https://evil.example:PORT, localhost:PORT",
        "http://localhost:3000, localhost:PORT",
        "http://localhost, localhost:PORT",
        "http://localhost:3000, localhost",
        "https://localhost:3000, localhost",
        "http://localhost:PORT, 127.0.0.1:PORT",
        "http://127.0.0.1:PORT, localhost:PORT",
        "null, localhost:PORT",
        "localhost:PORT, localhost:PORT",
        "http://localhost:PORT/page, localhost:PORT",
        "http://evil.example http://localhost:PORT, localhost:PORT",
        "file://, localhost:PORT",
        "chrome-extension://abcdef, localhost:PORT",
        "'', localhost:PORT"
    })
    void aPageOfAnotherOriginMayNot(String origin, String host) throws IOException {
        assertThat(changeFrom(origin, host)).isEqualTo(403);
        assertThat(changes.made).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH"})
    void bodiesThatAForeignPageMaySendAreRefused(String method) throws IOException {
        for (var type :
                new String[] {
                    "",
                    "Content-Type: text/plain\r\n",
                    "Content-Type: application/x-www-form-urlencoded\r\n",
                    "Content-Type: multipart/form-data; boundary=x\r\n",
                    "Content-Type: text/plain; application/json\r\n",
                    "Content-Type: application/json-patch\r\n",
                    "Content-Type: nonsense\r\n",
                    "Content-Type:\r\n"
                }) {
            assertThat(send(method, "/admin/thing", "localhost", type)).as(type).isEqualTo(415);
        }
        assertThat(changes.made).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH"})
    void jsonOrTheHeaderIsAccepted(String method) throws IOException {
        for (var lines :
                new String[] {
                    JSON,
                    "Content-Type: application/json; charset=utf-8\r\n",
                    "Content-Type: APPLICATION/JSON\r\n",
                    "X-DLoRA-Request: 1\r\n",
                    "x-dlora-request:\r\n",
                    "X-DLoRA-Request: 1\r\nContent-Type: text/plain\r\n"
                }) {
            assertThat(send(method, "/admin/thing", "localhost", lines)).as(lines).isEqualTo(200);
        }
        assertThat(changes.made).hasSize(6).containsOnly(method);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/admin/thing",
                "/%61dmin/thing",
                "/admin/th%69ng",
                "/admin;x=1/thing;y",
                "/admin/adapters/a/b%2Fc/pin",
                LOAD,
                "/v1/load%5Flora_adapter",
                "/v1/unload_lora_adapter"
            })
    void noSpellingOfAPathGoesAround(String path) throws IOException {
        assertThat(send("POST", path, "evil.example", JSON)).isEqualTo(403);
        assertThat(changes.made).isEmpty();
    }

    @Test
    void readingAndOtherPathsAreFree() throws IOException {
        assertThat(send("GET", "/admin/thing", "localhost", "Origin: http://evil.example\r\n"))
                .isEqualTo(200);
        assertThat(send("POST", "/other", "localhost", "")).isEqualTo(200);
        assertThat(changes.made).containsExactly("GET", "POST");
    }

    @Test
    void aPreflightGrantsNothing() throws IOException {
        try (var client = new RawClient(port)) {
            var head =
                    List.of(
                            "OPTIONS /admin/thing HTTP/1.1",
                            "Host: localhost",
                            "Connection: close",
                            "Origin: http://evil.example",
                            "Access-Control-Request-Method: PUT",
                            "Access-Control-Request-Headers: content-type",
                            "",
                            "");
            var answer = client.send(String.join("\r\n", head)).answers();
            assertThat(answer)
                    .startsWith("HTTP/1.1 ")
                    .doesNotContainIgnoringCase("access-control-allow");
        }
    }

    /** While nothing is served the endpoint answers 503, so the guard has let the call through. */
    @Test
    void loadingAndUnloadingAdaptersAreGuardedAndTakenAsVllmDocumentsThem() throws IOException {
        for (var path : new String[] {LOAD, "/v1/unload_lora_adapter"}) {
            assertThat(send("POST", path, "localhost:" + port, JSON)).isEqualTo(503);
            assertThat(send("POST", path, "evil.example", JSON)).isEqualTo(403);
            assertThat(send("POST", path, "localhost", "Content-Type: text/plain\r\n"))
                    .isEqualTo(415);
            assertThat(send("POST", path, "localhost", JSON + "Origin: http://evil.example\r\n"))
                    .isEqualTo(403);
        }
    }
}
