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
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Gates and shadows of the whole program, with the demo's adapters. */
class GateIT {
    private static final Path DEMO = TestFiles.demo();
    private static final JsonMapper JSON = new JsonMapper();
    private static final String GATE =
            "{\"prompts\": [{\"messages\": [{\"role\": \"user\", \"content\": \"The quick brown fox\"}], \"expected\": \"THE QUICK BROWN FOX\"}]}";

    @TempDir Path home;

    @Test
    void aChallengerWithWrongAnswersIsNotActivatedAndAnswersAsAShadow() throws Exception {
        String id;
        try (var server = start()) {
            assertThat(send(server, "PUT", "/admin/adapters/upper/gate", GATE).statusCode())
                    .isEqualTo(200);
            var passed = server.post("/admin/adapters/upper/versions/1/gate", "{}");
            assertThat(JSON.readTree(passed.body()).get("gate").get("passed").booleanValue())
                    .as(passed.body())
                    .isTrue();
            var refused =
                    server.post(
                            "/v1/load_lora_adapter",
                            "{\"lora_name\": \"upper\", \"lora_path\": \"rot13\", \"load_inplace\": true}");
            assertThat(refused.statusCode()).isEqualTo(409);
            assertThat(refused.body())
                    .contains(
                            "Version 2 of adapter 'upper' did not pass its gate, requests for the name still get version 1: prompt 0: expected 'THE QUICK BROWN FOX', got 'Gur dhvpx oebja sbk'; they differ from token 0 on");
            assertThat(text(chat(server, "upper"))).isEqualTo("THE QUICK BROWN FOX");
            assertThat(text(chat(server, "upper@2"))).isEqualTo("Gur dhvpx oebja sbk");
            var alias =
                    send(
                            server,
                            "PUT",
                            "/admin/adapters/upper/aliases",
                            "{\"versions\": {\"1\": 1}, \"shadow\": 2}");
            assertThat(alias.statusCode()).as(alias.body()).isEqualTo(200);
            id = assertShadowed(server);
            assertThat(
                            read(server, "/admin/audit?action=adapter.gate")
                                    .get("actions")
                                    .valueStream()
                                    .map(action -> action.get("subject").asString()))
                    .containsExactly("upper", "upper");
            assertThat(read(server, "/admin/changes?kind=gate_judged").get("changes")).hasSize(2);
        }
        try (var server = start()) {
            assertThat(
                            read(server, "/admin/requests/" + id)
                                    .get("shadow")
                                    .get("version")
                                    .intValue())
                    .isEqualTo(2);
            assertThat(read(server, "/admin/adapters/upper/aliases").toString())
                    .contains("\"shadow\":2");
            assertThat(
                            read(server, "/admin/adapters/upper/versions/2")
                                    .get("gate")
                                    .get("passed")
                                    .booleanValue())
                    .isFalse();
            assertThat(
                            send(
                                            server,
                                            "PUT",
                                            "/admin/adapters/upper/aliases",
                                            "{\"versions\": {\"2\": 1}}")
                                    .statusCode())
                    .isEqualTo(409);
            assertThat(text(chat(server, "upper"))).isEqualTo("THE QUICK BROWN FOX");
        }
    }

    /** Asks until a shadow has answered, as the first ones may find it not resident. */
    private static String assertShadowed(RunningServer server) throws Exception {
        for (int i = 0; i < 20; i++) {
            var answer = chat(server, "upper");
            assertThat(text(answer)).isEqualTo("THE QUICK BROWN FOX");
            assertThat(answer.get("usage").get("completion_tokens").intValue()).isEqualTo(20);
            var id = answer.get("id").asString() + "-0";
            await().atMost(Duration.ofMinutes(1))
                    .until(() ->
                            server.get("/admin/requests/" + id).statusCode() == 200
                                    && !read(server, "/admin/requests/" + id)
                                            .get("shadow")
                                            .isNull());
            var shadow = read(server, "/admin/requests/" + id).get("shadow");
            if (shadow.get("outcome").asString().equals("compared")) {
                assertThat(shadow.get("first_difference").intValue()).isZero();
                assertThat(shadow.get("client_tokens").intValue()).isPositive();
                assertThat(shadow.get("shadow_tokens").intValue()).isPositive();
                var runs = read(server, "/admin/adapters/upper/aliases").get("aliases").get(0);
                assertThat(runs.get("shadow_runs").get("compared").intValue()).isEqualTo(1);
                assertUsage(server, i + 2);
                return id;
            }
        }
        throw new AssertionError("no shadow answered");
    }

    /** Neither gates nor shadows are requests of clients; one was to {@code upper@2}. */
    private static void assertUsage(RunningServer server, int byName) {
        await().atMost(Duration.ofMinutes(1))
                .until(() ->
                        read(server, "/admin/usage?adapter=upper")
                                        .get("usage")
                                        .valueStream()
                                        .mapToInt(hour -> hour.get("requests").intValue())
                                        .sum()
                                == byName + 1);
    }

    /** Starts a server, and waits for its database, which a busy machine opens late. */
    private RunningServer start() {
        var server =
                RunningServer.start(
                        DEMO.resolve("model"),
                        DEMO.resolve("adapters"),
                        "--dlora.home=" + home,
                        "--dlora.store=auto");
        await().atMost(Duration.ofMinutes(2))
                .until(() -> server.get("/admin/audit").statusCode() == 200);
        return server;
    }

    private static HttpResponse<String> send(
            RunningServer server, String method, String path, String body) throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            return http.send(
                    HttpRequest.newBuilder(URI.create(server.url() + path))
                            .header("Content-Type", "application/json")
                            .method(method, BodyPublishers.ofString(body))
                            .build(),
                    BodyHandlers.ofString());
        }
    }

    private static JsonNode read(RunningServer server, String path) throws Exception {
        return JSON.readTree(server.get(path).body());
    }

    private static JsonNode chat(RunningServer server, String model) throws Exception {
        var body =
                "{\"model\": \"%s\", \"messages\": [{\"role\": \"user\", \"content\": \"The quick brown fox\"}], \"temperature\": 0}"
                        .formatted(model);
        var answer = server.post("/v1/chat/completions", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private static String text(JsonNode answer) {
        return answer.get("choices").get(0).get("message").get("content").asString();
    }
}
