package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.dlora.cluster.facts.TokenChain;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The whole program with a history in a home of the test's own. */
class HistoryIT {
    private static final Path DEMO = TestFiles.demo();
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir Path home;

    @Test
    void requestsAndActionsAreFoundAfterARestart() throws Exception {
        String id;
        try (var server = start("--dlora.history.store-text=true")) {
            var answer = JSON.readTree(server.post("/v1/completions", completion()).body());
            id = answer.get("id").asString() + "-0";
            int[] tokens =
                    answer.get("choices")
                            .get(0)
                            .get("token_ids")
                            .valueStream()
                            .mapToInt(JsonNode::asInt)
                            .toArray();
            awaitRow(server, id);

            var found = read(server, "/admin/requests/" + id);
            assertThat(found.get("model").asString()).isEqualTo("rot13");
            assertThat(found.get("adapter").asString()).isEqualTo("rot13");
            assertThat(found.get("user").asString()).isEqualTo("ada");
            assertThat(found.get("prompt").asString()).contains("The quick");
            assertThat(found.get("answer").asString())
                    .isEqualTo(answer.get("choices").get(0).get("text").asString());
            assertThat(found.get("system_fingerprint")).isEqualTo(answer.get("system_fingerprint"));
            assertThat(hashes(found)).isEqualTo(HexFormat.of().formatHex(TokenChain.of(tokens)));

            act(server);
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> read(server, "/admin/audit").get("actions").size() == 7);
        }
        try (var server = start()) {
            awaitRow(server, id);
            assertThat(
                            read(server, "/admin/audit")
                                    .get("actions")
                                    .valueStream()
                                    .map(row -> row.get("action").asString()))
                    .containsExactly(
                            "adapter.unregister",
                            "adapter.register",
                            "replica.resume",
                            "replica.drain",
                            "scheduling.update",
                            "adapter.unpin",
                            "adapter.pin");
            var pin = read(server, "/admin/audit?action=adapter.pin").get("actions").get(0);
            assertThat(pin.get("actor").asString()).isEqualTo("127.0.0.1");
            assertThat(pin.get("subject").asString()).isEqualTo("upper");
            assertThat(pin.get("before").get("pinned").asBoolean()).isFalse();
            assertThat(pin.get("after").get("pinned").asBoolean()).isTrue();
            var policy =
                    read(server, "/admin/audit?action=scheduling.update").get("actions").get(0);
            assertThat(policy.get("before").get("policy").asString()).isEqualTo("unmerged");
            assertThat(policy.get("after").get("policy").asString()).isEqualTo("dlora");
            var usage = read(server, "/admin/usage?adapter=rot13").get("usage").get(0);
            assertThat(usage.get("requests").asInt()).isEqualTo(1);
            assertThat(server.get("/admin/requests?format=csv").body().lines())
                    .hasSizeGreaterThan(1)
                    .first()
                    .asString()
                    .startsWith("key,id,");
        }
    }

    @Test
    void aSecondServerOnTheHomeServesAndKeepsItsHistoryInMemory() throws Exception {
        try (var first = start()) {
            // The database opens beside serving, and its file is there from then on.
            await().atMost(Duration.ofMinutes(2))
                    .until(() -> first.get("/admin/audit").statusCode() == 200);
        }
        try (var file = FileChannel.open(home.resolve("dlora.mv.db"), StandardOpenOption.WRITE);
                var _ = file.lock();
                var server = start()) {
            var answer = JSON.readTree(server.post("/v1/completions", completion()).body());
            awaitRow(server, answer.get("id").asString() + "-0");
        }
    }

    @Test
    void servesWhileTheDatabaseIsAway() throws Exception {
        try (var server = start("--spring.datasource.url=jdbc:postgresql://127.0.0.1:1/none")) {
            assertThat(server.post("/v1/completions", completion()).statusCode()).isEqualTo(200);
            var refused = server.get("/admin/requests");
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(JSON.readTree(refused.body()).get("error").get("code").asString())
                    .isEqualTo("store_unavailable");
            assertThat(server.get("/console/login").body())
                    .contains("The database is being opened", "the link for the first user")
                    .doesNotContain("There is no user yet", "Forgotten?");
        }
    }

    private static void act(RunningServer server) throws IOException, InterruptedException {
        post(server, "/admin/adapters/upper/pin", "{}");
        post(server, "/admin/adapters/upper/unpin", "{}");
        assertThat(put(server, "/admin/scheduling", "{\"policy\": \"dlora\"}")).isEqualTo(200);
        post(server, "/admin/replicas/0/drain", "{}");
        post(server, "/admin/replicas/0/resume", "{}");
        post(
                server,
                "/v1/load_lora_adapter",
                "{\"lora_name\": \"cipher\", \"lora_path\": \"rot13\"}");
        post(server, "/v1/unload_lora_adapter", "{\"lora_name\": \"cipher\"}");
    }

    private static void post(RunningServer server, String path, String body)
            throws IOException, InterruptedException {
        var answer = server.post(path, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    private static int put(RunningServer server, String path, String body)
            throws IOException, InterruptedException {
        try (var http = HttpClient.newHttpClient()) {
            return http.send(
                            HttpRequest.newBuilder(URI.create(server.url() + path))
                                    .header("Content-Type", "application/json")
                                    .PUT(BodyPublishers.ofString(body))
                                    .build(),
                            BodyHandlers.discarding())
                    .statusCode();
        }
    }

    private static String completion() {
        return "{\"model\": \"rot13\", \"prompt\": \"The quick\", \"max_tokens\": 8, \"temperature\": 0, \"user\": \"ada\", \"return_token_ids\": true}";
    }

    private static void awaitRow(RunningServer server, String id) {
        await().atMost(Duration.ofMinutes(2))
                .until(() -> server.get("/admin/requests/" + id).statusCode() == 200);
    }

    private static JsonNode read(RunningServer server, String path)
            throws IOException, InterruptedException {
        var answer = server.get(path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private static String hashes(JsonNode request) {
        return request.get("token_hashes")
                .valueStream()
                .map(JsonNode::asString)
                .collect(Collectors.joining());
    }

    private RunningServer start(String... settings) {
        var all = new ArrayList<>(List.of(settings));
        all.add("--dlora.home=" + home);
        all.add("--dlora.store=auto");
        all.add("--dlora.replicas[0].threads=1");
        all.add("--dlora.replicas[1].threads=1");
        return RunningServer.start(
                DEMO.resolve("model"), DEMO.resolve("adapters"), all.toArray(String[]::new));
    }
}
