package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Thousands of requests, 5,000 with {@code -Ddlora.test.long=true}, with tools and schemas that
 * clients got wrong, many at once: each is answered, or refused in OpenAI's shape, and none is an
 * error of the server.
 */
class MangledRequestsIT {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int REQUESTS = Boolean.getBoolean("dlora.test.long") ? 5_000 : 1_000;
    private static final int IN_FLIGHT = 32;
    private static final int SHOWN = 10;

    /** A call that takes longer hangs. */
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final ConcurrentLinkedQueue<String> problems = new ConcurrentLinkedQueue<>();
    private final Map<Integer, AtomicInteger> statuses = new ConcurrentHashMap<>();

    @Test
    void mangledRequestsCauseNoServerError(@TempDir Path folder) throws Exception {
        var settings =
                List.of(
                        "--dlora.home=" + folder.resolve("home"),
                        "--dlora.tool-parser=hermes",
                        "--logging.level.org.dlora=info");
        try (var server = new ServerProcess(folder.resolve("log"), settings);
                var http = HttpClient.newHttpClient()) {
            for (var call : MangledBodies.valid()) {
                assertThat(send(http, server, call).join().statusCode())
                        .as(call.body())
                        .isEqualTo(200);
            }
            sendAll(http, server);
            assertThat(problems.stream().limit(SHOWN)).as("%d problems", problems.size()).isEmpty();
            assertThat(count(200)).as("%s", statuses).isGreaterThan(REQUESTS / 20);
            assertThat(count(400)).as("%s", statuses).isGreaterThan(REQUESTS / 5);
            assertThat(statuses.values().stream().mapToInt(AtomicInteger::get).sum())
                    .isEqualTo(REQUESTS);
            await().atMost(PATIENCE)
                    .until(() -> server.get("/load").body().equals("{\"server_load\":0}"));
            assertThat(server.get("/health").statusCode()).isEqualTo(200);
            var last = MangledBodies.valid().getFirst();
            assertThat(send(http, server, last).join().statusCode()).isEqualTo(200);
            assertThat(server.output()).doesNotContain(" ERROR ", "OutOfMemoryError", "LEAK:");
        }
    }

    private int count(int status) {
        return statuses.getOrDefault(status, new AtomicInteger()).get();
    }

    private void sendAll(HttpClient http, ServerProcess server) throws InterruptedException {
        var bodies = new MangledBodies(20261128);
        var places = new Semaphore(IN_FLIGHT);
        var sent = new ArrayList<CompletableFuture<?>>();
        for (int i = 0; i < REQUESTS; i++) {
            var call = bodies.next();
            places.acquire();
            sent.add(
                    send(http, server, call)
                            .handle((answer, failure) -> {
                                places.release();
                                check(call, answer, failure);
                                return null;
                            }));
        }
        CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)).join();
    }

    private static CompletableFuture<HttpResponse<String>> send(
            HttpClient http, ServerProcess server, MangledBodies.Call call) {
        return http.sendAsync(
                HttpRequest.newBuilder(URI.create(server.url() + call.path()))
                        .timeout(PATIENCE)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(call.body()))
                        .build(),
                BodyHandlers.ofString());
    }

    private void check(
            MangledBodies.Call call,
            @Nullable HttpResponse<String> answer,
            @Nullable Throwable failure) {
        if (answer == null) {
            problems.add(failure + " at " + call);
            return;
        }
        int status = answer.statusCode();
        statuses.computeIfAbsent(status, _ -> new AtomicInteger()).incrementAndGet();
        var body = answer.body();
        boolean isStream = body.startsWith("data:") || body.startsWith("event:");
        var problem =
                status == 200
                        ? (isStream ? streamProblem(body) : null)
                        : refusalProblem(status, body);
        if (problem != null) {
            problems.add("%s: %d %s at %s".formatted(problem, status, body, call));
        }
    }

    private static @Nullable String refusalProblem(int status, String body) {
        if (status < 400 || status > 499) {
            return "neither an answer nor a refusal";
        }
        var error = parsed(body).path("error");
        boolean isWhole =
                !error.path("message").asString("").isBlank()
                        && error.path("type").isString()
                        && error.has("param")
                        && error.has("code");
        return isWhole ? null : "not in OpenAI's shape";
    }

    /**
     * Returns what is wrong with a stream: each event is a JSON object, and none an error of ours.
     */
    private static @Nullable String streamProblem(String body) {
        for (var line : body.lines().toList()) {
            if (!line.startsWith("data: ") || line.equals("data: [DONE]")) {
                continue;
            }
            var event = parsed(line.substring("data: ".length()));
            if (!event.isObject()) {
                return "an event that is no object";
            }
            if (event.at("/error/type").asString("").equals("server_error")) {
                return "an error of the server in a stream";
            }
        }
        return null;
    }

    private static JsonNode parsed(String text) {
        try {
            return JSON.readTree(text);
        } catch (JacksonException e) {
            return JSON.missingNode();
        }
    }
}
