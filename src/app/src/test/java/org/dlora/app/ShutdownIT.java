package org.dlora.app;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/**
 * A server in a process of its own that gets SIGTERM while clients read streams. The answer is
 * larger than what the connection's buffers hold, so it cannot end before the test reads it.
 */
@DisabledOnOs(OS.WINDOWS)
@Timeout(value = 5, unit = MINUTES, threadMode = ThreadMode.SEPARATE_THREAD)
class ShutdownIT {
    private static final Path DEMO = TestFiles.demo().toAbsolutePath();
    private static final JsonMapper JSON = new JsonMapper();
    private static final String PASSWORD = "correct horse battery";
    private static final int CHOICES = 32;
    private static final int TOKENS = 256;
    private static final long BUFFERS = 8L << 20;

    @TempDir Path folder;

    private ServerProcess start() throws IOException {
        return new ServerProcess(
                folder.resolve("log"),
                List.of(
                        "--dlora.model=" + DEMO.resolve("model"),
                        "--dlora.adapters.roots=" + DEMO.resolve("adapters"),
                        "--dlora.store=memory",
                        "--dlora.weights-cache=off",
                        // The test decides when the answer ends.
                        "--dlora.http.write-timeout=5m",
                        "--spring.lifecycle.timeout-per-shutdown-phase=5m"));
    }

    @Test
    void streamsOfEventsEndAtOnceAndAnswersEndWhole() throws Exception {
        try (var server = start();
                var http = HttpClient.newHttpClient();
                var browser = new Browser(server.url())) {
            signIn(server, browser);
            try (var events = open(http, request(server, "/admin/events").GET());
                    var page =
                            open(
                                    http,
                                    browser.script(
                                            "GET", "/console/live?panel=replicas", null, null));
                    var answer = open(http, generation(server))) {
                assertThat(events.next()).isEqualTo(":connected");
                assertThat(page.next()).startsWith("event:");
                assertThat(answer.next()).startsWith("data: {");
                var end = CompletableFuture.supplyAsync(() -> end(server));

                // To an end that is one: a connection that breaks off is an error.
                events.toEnd();
                assertThat(page.toEnd()).doesNotContain("event:ended");
                assertThat(end).isNotDone();
                assertThat(server.isAlive()).isTrue();

                assertWhole(answer.toEnd());
                assertThat(end.join()).isEqualTo(128 + 15);
                assertThat(server.output()).doesNotContain("has not shut down within");
            }
        }
    }

    private static void assertWhole(List<String> lines) {
        assertThat(lines).last().isEqualTo("data: [DONE]");
        assertThat(lines.stream().mapToLong(String::length).sum()).isGreaterThan(BUFFERS);
        var finished =
                lines.stream()
                        .filter(line -> line.contains("\"finish_reason\":\"length\""))
                        .map(line -> JSON.readTree(line.substring("data: ".length())))
                        .map(chunk -> chunk.at("/choices/0/index").asInt())
                        .toList();
        assertThat(finished).hasSize(CHOICES).doesNotHaveDuplicates();
        assertThat(lines)
                .filteredOn(line -> line.contains("\"usage\":{"))
                .last()
                .asString()
                .contains("\"completion_tokens\":" + CHOICES * TOKENS);
    }

    private static int end(ServerProcess server) {
        try {
            return server.end();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void signIn(ServerProcess server, Browser browser)
            throws IOException, InterruptedException {
        server.awaitCatalogue();
        var user =
                server.send(
                        "POST",
                        "/admin/users",
                        "{\"name\": \"ann\", \"role\": \"viewer\", \"password\": \"%s\"}"
                                .formatted(PASSWORD));
        assertThat(user.statusCode()).as(user.body()).isEqualTo(201);
        assertThat(browser.signIn("ann", PASSWORD).statusCode()).isEqualTo(303);
    }

    private static HttpRequest.Builder generation(ServerProcess server) {
        var body =
                """
                {"model": "rot13", "messages": [{"role": "user", "content": "The quick brown fox"}], "stream": true,
                 "stream_options": {"include_usage": true}, "ignore_eos": true, "n": %d, "max_tokens": %d,
                 "logprobs": true, "top_logprobs": 20}
                """
                        .formatted(CHOICES, TOKENS);
        return request(server, "/v1/chat/completions")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body));
    }

    private static HttpRequest.Builder request(ServerProcess server, String path) {
        return HttpRequest.newBuilder(URI.create(server.url() + path));
    }

    private static ReadLines open(HttpClient http, HttpRequest.Builder request)
            throws IOException, InterruptedException {
        var answer = http.send(request.build(), BodyHandlers.ofLines());
        assertThat(answer.statusCode()).isEqualTo(200);
        return new ReadLines(answer);
    }

    /** Lines of an answer that are read as the test wants them, without empty ones. */
    private static final class ReadLines implements AutoCloseable {
        private final Stream<String> lines;
        private final Iterator<String> left;

        ReadLines(HttpResponse<Stream<String>> answer) {
            lines = answer.body();
            left = lines.filter(line -> !line.isEmpty()).iterator();
        }

        String next() {
            return left.next();
        }

        /** Returns the lines up to the end of the answer; throws if it broke off. */
        List<String> toEnd() {
            var all = new ArrayList<String>();
            left.forEachRemaining(all::add);
            return all;
        }

        @Override
        public void close() {
            lines.close();
        }
    }
}
