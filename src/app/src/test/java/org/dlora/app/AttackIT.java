package org.dlora.app;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Attacks on a server with keys, in a process of its own with a small heap: each is refused or
 * bounded, and after each the server answers as before. Attacks through sources of adapters are in
 * {@link HostileSourcesIT}, those on keys in {@link KeysIT} and {@link AccessTableIT}.
 */
@TestInstance(Lifecycle.PER_CLASS)
class AttackIT {
    private static final String KEY = "key-of-the-attacked-server-01";
    private static final String HEAD = "Host: 127.0.0.1\r\nAuthorization: Bearer " + KEY + "\r\n";
    private static final String SECRET_CALL = "GET /admin/keys HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int MOST = 500;
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 (\\d{3}) ");

    private @Nullable ServerProcess started;
    private int port;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        started =
                new ServerProcess(
                        folder.resolve("log"),
                        List.of(
                                "--dlora.home=" + folder.resolve("home"),
                                "--dlora.served-name=base",
                                "--dlora.security.admin-key=" + KEY,
                                "--dlora.http.max-connections=" + MOST,
                                "--dlora.http.idle-timeout=3s",
                                "--dlora.http.head-timeout=2s",
                                "--dlora.http.body-timeout=2s",
                                "--dlora.http.write-timeout=2s",
                                "--logging.level.org.dlora=debug"));
        port = URI.create(server().url()).getPort();
    }

    private ServerProcess server() {
        return requireNonNull(started);
    }

    @AfterAll
    void end() {
        server().close();
    }

    /** The server answers, and holds no connection but that of the question. */
    @AfterEach
    void serverAnswersAfterwards() throws Exception {
        assertThat(server().isAlive()).as(server().output()).isTrue();
        var answer = complete("Hello");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(server().output()).doesNotContain("OutOfMemoryError", "LEAK:", KEY);
    }

    private HttpResponse<String> complete(String prompt) throws Exception {
        return post(
                "/v1/completions",
                "{\"model\": \"base\", \"max_tokens\": 2, \"prompt\": \"" + prompt + "\"}");
    }

    private HttpResponse<String> post(String path, String body) throws Exception {
        return post(path, body.getBytes(UTF_8));
    }

    private HttpResponse<String> post(String path, byte[] body, String... headers)
            throws Exception {
        var request =
                HttpRequest.newBuilder(URI.create(server().url() + path))
                        .timeout(PATIENCE)
                        .header("Authorization", "Bearer " + KEY)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofByteArray(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request);
    }

    /** Sends on a connection of its own, as the server closes those that are idle. */
    private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            return http.send(request.build(), BodyHandlers.ofString());
        }
    }

    private Socket connect() throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout((int) PATIENCE.toMillis());
        return socket;
    }

    /** All that the server answers until it closes the connection, or that it reset it. */
    private String raw(String text) throws IOException {
        try (var socket = connect()) {
            socket.getOutputStream().write(text.getBytes(ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        } catch (SocketException e) {
            // The server has closed the connection while more than it takes was on the way.
            return "reset";
        }
    }

    private static List<String> statuses(String answers) {
        return STATUS.matcher(answers).results().map(found -> found.group(1)).toList();
    }

    // Request smuggling: two readers of one stream disagree about where a request ends.

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
                "Content-Length: 0\r\nContent-Length: 60\r\n\r\n",
                "Content-Length: 0, 60\r\n\r\n",
                "Content-Length: +0\r\n\r\n",
                "Content-Length: -1\r\n\r\n",
                "Content-Length: 0x0\r\n\r\n",
                "Content-Length : 0\r\n\r\n",
                "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
                "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
                "Transfer-Encoding: identity\r\nContent-Length: 0\r\n\r\n",
                "Transfer-Encoding:\u000bchunked\r\n\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n0;\n\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n0\n\n",
                "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
                "Transfer-Encoding: chunked\r\n\r\n-1\r\n",
                " folded: x\r\nContent-Length: 0\r\n\r\n",
                "X: a\r\n folded: x\r\nContent-Length: 0\r\n\r\n",
                "X: a\rContent-Length: 60\r\n\r\n"
            })
    void noRequestIsSmuggledBehindAnother(String framing) throws Exception {
        // Only the first request has the key; a server that reads the second as part of it runs it.
        var answer = raw("POST /v1/completions HTTP/1.1\r\n" + HEAD + framing + SECRET_CALL);
        assertThat(answer).startsWith("HTTP/1.1 4").doesNotContain("\"keys\"");
        assertThat(statuses(answer)).as(answer).hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void headersAreNotInjectedIntoAnswersOrTheLog() throws Exception {
        for (var id : List.of("a\rSet-Cookie: x=1", "a\nSet-Cookie: x=1", "a\u0085b", "a\u0000b")) {
            var answer =
                    raw(
                            "GET /v1/models HTTP/1.1\r\n"
                                    + HEAD
                                    + "X-Request-Id: "
                                    + id
                                    + "\r\nConnection: close\r\n\r\n");
            assertThat(answer).startsWith("HTTP/1.1 ").doesNotContain("\nSet-Cookie", "x=1");
        }
        var forged = "2026-01-01 00:00:00 ERROR forged";
        post("/v1/completions", "{\"model\": \"a\\n" + forged + "\", \"prompt\": \"x\"}");
        post(
                "/v1/completions",
                "{\"model\": \"base\", \"user\": \"a\\r\\n"
                        + forged
                        + "\", \"prompt\": \"x\", \"max_tokens\": 1}");
        raw("GET /%0a" + forged.replace(' ', '+') + " HTTP/1.1\r\n" + HEAD + "\r\n");
        raw("GET /x HTTP/1.1\r\n" + HEAD + "X-Client-Request-Id: a\u001b[2J\r\n\r\n");
        post(
                "/v1/load_lora_adapter",
                "{\"lora_name\": \"a\\n" + forged + "\", \"lora_path\": \"x\\n" + forged + "\"}");
        assertThat(server().output().lines().filter(line -> line.startsWith(forged))).isEmpty();
        assertThat(server().output()).doesNotContain("\u001b[2J");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/../../../../etc/passwd",
                "/v3/api-docs/../../../../etc/passwd",
                "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
                "/v3/..%2f..%2f..%2fetc%2fpasswd",
                "/admin/adapters/..%2f..%2f..%2fetc%2fpasswd",
                "/admin/adapters/..;/..;/etc/passwd",
                "/v1/models/..%5c..%5cetc%5cpasswd",
                "/webjars/..%252f..%252fetc/passwd",
                "//etc/passwd",
                "/v1/models/%00/etc/passwd",
                "/actuator/..%2fenv",
                "/actuator/env",
                "/actuator/heapdump",
                "/console/../admin/keys",
                "/health/..;/admin/keys"
            })
    void noPathLeadsOut(String path) throws Exception {
        var answer =
                raw("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 4").doesNotContain("root:", "\"keys\"");
        var withKey = raw("GET " + path + " HTTP/1.1\r\n" + HEAD + "Connection: close\r\n\r\n");
        assertThat(withKey).startsWith("HTTP/1.1 ").doesNotContain("root:");
    }

    @ParameterizedTest
    @ValueSource(strings = {"TRACE", "CONNECT", "OPTIONS", "PROPFIND", "a", "GETT"})
    void otherMethodsAreRefusedAndEchoNothing(String method) throws Exception {
        var answer =
                raw(
                        method
                                + " / HTTP/1.1\r\n"
                                + HEAD
                                + "X-Echo: echoed\r\nConnection: close\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 4").doesNotContain("echoed", KEY);
    }

    // Bodies that cost more to read than to send.

    @Test
    void numbersWhoseValueIsHugeAreRefused() throws Exception {
        var tiny =
                post(
                        "/v1/completions",
                        "{\"model\": \"base\", \"prompt\": \"x\", \"max_tokens\": 1e-999999999}");
        assertThat(tiny.statusCode()).isEqualTo(400);
        for (var number : List.of("1e999999999", "9".repeat(500_000), "0." + "1".repeat(500_000))) {
            for (var member : List.of("max_tokens", "seed", "temperature", "n")) {
                var answer =
                        post(
                                "/v1/completions",
                                "{\"model\": \"base\", \"prompt\": \"x\", \""
                                        + member
                                        + "\": "
                                        + number
                                        + "}");
                assertThat(answer.statusCode()).as(member + answer.body()).isEqualTo(400);
                assertThat(answer.body()).hasSizeLessThan(2000);
            }
        }
    }

    @Test
    void nestingIsRefused() throws Exception {
        int depth = 1_000_000;
        for (var member : List.of("prompt", "stop", "logit_bias", "messages")) {
            var answer =
                    post(
                            "/v1/completions",
                            "{\"model\": \"base\", \"" + member + "\": " + "[".repeat(depth));
            assertThat(answer.statusCode()).as(member + answer.body()).isEqualTo(400);
        }
        var objects = post("/v1/completions", "{\"a\":".repeat(depth));
        assertThat(objects.statusCode()).isEqualTo(400);
    }

    @Test
    void namesWithOneHashAreRefusedAtOnce() throws Exception {
        var names = new ArrayList<String>();
        names.add("");
        for (int length = 0; length < 17; length++) {
            var longer = new ArrayList<String>();
            for (var name : names) {
                longer.add(name + "Aa");
                longer.add(name + "BB");
            }
            names.clear();
            names.addAll(longer);
        }
        var body = new StringBuilder("{\"model\": \"base\", \"prompt\": \"x\", \"logit_bias\": {");
        names.forEach(name -> body.append('"').append(name).append("\": 1, "));
        body.append("\"1\": 1}}");
        assertThat(post("/v1/completions", body.toString()).statusCode()).isEqualTo(400);
    }

    @Test
    void promptsBeyondTheContextAreRefused() throws Exception {
        var text = "a ".repeat(3_900_000);
        assertThat(complete(text).statusCode()).isEqualTo(400);
        var ids = "1,".repeat(3_900_000);
        var tokens =
                post(
                        "/v1/completions",
                        "{\"model\": \"base\", \"prompt\": ["
                                + ids.substring(0, ids.length() - 1)
                                + "]}");
        assertThat(tokens.statusCode()).isEqualTo(400);
        var prompts = "\"x\",".repeat(1_900_000);
        var many =
                post(
                        "/v1/completions",
                        "{\"model\": \"base\", \"prompt\": ["
                                + prompts.substring(0, prompts.length() - 1)
                                + "]}");
        assertThat(many.statusCode()).as(many.body()).isIn(400, 429);
    }

    /** The tokenizers library ends the process where it finds no memory. */
    @Test
    void longTextsAreTokenisedByTurns() throws Exception {
        assertThat(tokenize(" ".repeat(7_000_000)).statusCode()).isEqualTo(400);
        assertThat(detokenize("1,".repeat(3_900_000) + "1").statusCode()).isEqualTo(400);
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = new ArrayList<Future<HttpResponse<String>>>();
            for (int i = 0; i < 8; i++) {
                answers.add(clients.submit(() -> tokenize("a ".repeat(500_000))));
            }
            for (var answer : answers) {
                assertThat(answer.get().statusCode()).isEqualTo(200);
            }
        }
    }

    private HttpResponse<String> tokenize(String text) throws Exception {
        return post("/tokenize", "{\"model\": \"base\", \"prompt\": \"" + text + "\"}");
    }

    private HttpResponse<String> detokenize(String ids) throws Exception {
        return post("/detokenize", "{\"model\": \"base\", \"tokens\": [" + ids + "]}");
    }

    @Test
    void bodiesAndHeadersBeyondTheirLimitAreRefused() throws Exception {
        assertThat(complete("a".repeat(9_000_000)).statusCode()).isEqualTo(413);
        var chunks =
                raw(
                        "POST /v1/completions HTTP/1.1\r\n"
                                + HEAD
                                + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                                + ("100000\r\n" + "a".repeat(0x100000) + "\r\n").repeat(9)
                                + "0\r\n\r\n");
        assertThat(chunks).startsWith("HTTP/1.1 413 ");
        assertThat(raw("GET / HTTP/1.1\r\n" + "X: y\r\n".repeat(20_000) + "\r\n"))
                .startsWith("HTTP/1.1 431 ");
        assertThat(raw("GET /" + "a".repeat(5000) + " HTTP/1.1\r\n\r\n"))
                .startsWith("HTTP/1.1 414 ");
    }

    @Test
    void compressedBodiesAreNotInflated() throws Exception {
        var bytes = new ByteArrayOutputStream();
        try (var out = new GZIPOutputStream(bytes)) {
            out.write(new byte[64 << 20]);
        }
        var answer = post("/v1/completions", bytes.toByteArray(), "Content-Encoding", "gzip");
        assertThat(answer.statusCode()).as(answer.body()).isIn(400, 415);
    }

    // Connections that hold the server up.

    @Test
    void tenThousandConnectionsShutNobodyOut() throws Exception {
        int wanted = 10_000;
        long before = openFiles();
        var sockets = new ArrayList<SocketChannel>();
        try {
            for (int i = 0; i < wanted; i++) {
                var socket = SocketChannel.open();
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                sockets.add(socket);
                if (i % 1000 == 0) {
                    assertThat(complete("Hello").statusCode()).isEqualTo(200);
                    await().atMost(PATIENCE)
                            .untilAsserted(
                                    () -> assertThat(openFiles()).isLessThan(before + MOST + 100));
                }
            }
            assertThat(complete("Hello").statusCode()).isEqualTo(200);
            assertThat(metric("dlora_http_connections ")).isLessThanOrEqualTo(MOST);
        } finally {
            for (var socket : sockets) {
                socket.close();
            }
        }
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(openFiles()).isLessThan(before + 20));
    }

    private long openFiles() throws IOException {
        var files = Path.of("/proc", String.valueOf(server().pid()), "fd");
        if (!Files.isDirectory(files)) {
            return 0;
        }
        try (var open = Files.list(files)) {
            return open.count();
        }
    }

    private double metric(String start) throws Exception {
        return send(HttpRequest.newBuilder(URI.create(server().url() + "/actuator/prometheus"))
                        .header("Authorization", "Bearer " + KEY))
                .body()
                .lines()
                .filter(line -> line.startsWith(start))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    @Test
    void requestsThatNeverEndAreCutOffWhileOthersAreServed() throws Exception {
        var slow = new ArrayList<Socket>();
        try {
            for (int i = 0; i < MOST / 2; i++) {
                var socket = connect();
                socket.getOutputStream()
                        .write(
                                (i % 2 == 0
                                                ? "GET /v1/models HTTP/1.1\r\nHost: "
                                                : "POST /v1/completions HTTP/1.1\r\n"
                                                        + HEAD
                                                        + "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
                                        .getBytes(ISO_8859_1));
                slow.add(socket);
            }
            assertThat(complete("Hello").statusCode()).isEqualTo(200);
            for (var socket : slow) {
                assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
                        .startsWith("HTTP/1.1 408");
            }
        } finally {
            for (var socket : slow) {
                socket.close();
            }
        }
    }

    @Test
    void aFloodOfPipelinedRequestsWhoseAnswersNobodyReadsIsCutOff() throws Exception {
        var many =
                ("GET /v1/models HTTP/1.1\r\n" + HEAD + "\r\n").repeat(1000).getBytes(ISO_8859_1);
        try (var socket = new Socket()) {
            socket.setReceiveBufferSize(4096);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            var writer =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    while (true) {
                                        socket.getOutputStream().write(many);
                                    }
                                } catch (IOException e) {
                                    // The server has closed the connection.
                                }
                            });
            writer.join(PATIENCE);
            assertThat(writer.isAlive()).as("the server still takes requests").isFalse();
        }
        assertThat(metric("dlora_http_connections_ended_total{cause=\"slow_reader\"")).isPositive();
    }

    @Test
    void guessedKeysAreRefusedAndNothingIsLeft() throws Exception {
        var guesses = new StringBuilder();
        for (int i = 0; i < 2000; i++) {
            guesses.append(
                            "GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer dlora_")
                    .append("%012x_%048x\r\n\r\n".formatted(i, i));
        }
        var answers = raw(guesses.toString());
        assertThat(statuses(answers)).hasSize(2000).containsOnly("401");
    }
}
