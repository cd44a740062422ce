package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.dlora.cluster.facts.TokenChain;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Replays of requests by the whole program, with a history in a home of the test's own. */
class ReplayIT {
    private static final Path DEMO = TestFiles.demo();
    private static final JsonMapper JSON = new JsonMapper();
    private static final int REQUESTS = 500;
    private static final int AT_ONCE = 32;
    private static final List<String> MODELS =
            List.of(
                    "model",
                    "rot13",
                    "upper",
                    "title",
                    "leet",
                    "vowels",
                    "spell",
                    "reverse",
                    "piglatin");
    private static final List<String> SAMPLING =
            List.of(
                    "\"temperature\": 0",
                    "\"temperature\": 0.8, \"seed\": %d",
                    "\"temperature\": 1.2, \"top_p\": 0.9, \"top_k\": 30",
                    "\"temperature\": 0, \"frequency_penalty\": 0.5, \"logprobs\": %s",
                    "\"temperature\": 0.5, \"seed\": -%d, \"min_p\": 0.01, \"repetition_penalty\": 1.1, \"logit_bias\": {\"101\": 1.5}");

    @TempDir Path home;

    @Test
    void requestsOfAllAdaptersInSharedBatchesAreIdenticalAndAnAlteredOneIsFound() throws Exception {
        String altered;
        String inconsistent;
        int[] tokens;
        try (var server = start("unmerged", true)) {
            inParallel(calls(server));
            await().atMost(Duration.ofMinutes(2)).until(() -> rows(server).size() == REQUESTS);
            var rows = rows(server);
            assertShared(rows);
            var verdicts = replayAll(server, rows);
            assertThat(verdicts.get("identical")).as(verdicts.toString()).isEqualTo(REQUESTS);

            // Replays are nobody's usage, and actions of the administrator.
            assertThat(rows(server)).hasSize(REQUESTS);
            assertThat(
                            read(server, "/admin/usage")
                                    .get("usage")
                                    .valueStream()
                                    .mapToInt(row -> row.get("requests").asInt())
                                    .sum())
                    .isEqualTo(REQUESTS);
            await().atMost(Duration.ofMinutes(1))
                    .until(() ->
                            read(server, "/admin/audit?action=request.replay&limit=1000")
                                            .get("actions")
                                            .size()
                                    == REQUESTS);
            var longer = rows.stream().filter(row -> row.get("output_tokens").asInt() > 5).toList();
            altered = longer.getFirst().get("id").asString();
            inconsistent = longer.getLast().get("id").asString();
            tokens =
                    read(server, "/admin/requests/" + altered)
                            .get("answer_tokens")
                            .valueStream()
                            .mapToInt(JsonNode::asInt)
                            .toArray();
        }
        int[] changed = tokens.clone();
        changed[3] = tokens[3] == 65 ? 66 : 65;
        alter("output_ids", bytes(changed), altered);
        alter("token_hashes", TokenChain.of(changed), altered);
        alter("token_hashes", TokenChain.of(1, 2, 3), inconsistent);
        try (var server = start("unmerged", true)) {
            var found = replay(server, altered, "{}", 200);
            assertThat(found.get("verdict").asString()).as(found.toString()).isEqualTo("different");
            var difference = found.get("first_difference");
            assertThat(difference.get("index").asInt()).isEqualTo(3);
            assertThat(difference.get("original").get("id").asInt()).isEqualTo(changed[3]);
            assertThat(difference.get("replay").get("id").asInt()).isEqualTo(tokens[3]);
            assertThat(replay(server, inconsistent, "{}", 200).get("verdict").asString())
                    .isEqualTo("altered");
        }
    }

    private static List<Callable<Integer>> calls(RunningServer server) {
        var random = new Random(16);
        var calls = new ArrayList<Callable<Integer>>();
        for (int i = 0; i < REQUESTS; i++) {
            boolean isChat = i % 2 == 0;
            var model = MODELS.get(i % MODELS.size());
            var text = words(random);
            var sampling =
                    SAMPLING.get(i % SAMPLING.size())
                            .replace("%d", String.valueOf(i))
                            .replace("%s", isChat ? "true" : "2");
            var prompt =
                    isChat
                            ? "\"messages\": [{\"role\": \"user\", \"content\": \"%s\"}]"
                                    .formatted(text)
                            : "\"prompt\": \"%s\"".formatted(text);
            var body =
                    "{\"model\": \"%s\", %s, \"max_tokens\": %d, %s}"
                            .formatted(model, prompt, 8 + random.nextInt(12), sampling);
            var path = isChat ? "/v1/chat/completions" : "/v1/completions";
            calls.add(() -> {
                var answer = server.post(path, body);
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                return 1;
            });
        }
        return calls;
    }

    private static String words(Random random) {
        var text = new StringBuilder();
        for (int i = 0; i < 6 + random.nextInt(14); i++) {
            text.append(i % 5 == 4 ? ' ' : (char) ('a' + random.nextInt(26)));
        }
        return text.toString();
    }

    private static void inParallel(List<Callable<Integer>> calls) throws Exception {
        try (var threads = Executors.newFixedThreadPool(AT_ONCE)) {
            for (var done : threads.invokeAll(calls)) {
                done.get();
            }
        }
    }

    /** Checks that requests overlapped, so that steps had rows of several adapters. */
    private static void assertShared(List<JsonNode> rows) {
        long overlapping =
                rows.stream()
                        .filter(row ->
                                rows.stream()
                                        .anyMatch(other ->
                                                !other.get("model").equals(row.get("model"))
                                                        && other.get("replicas")
                                                                .equals(row.get("replicas"))
                                                        && time(other, "adapter_ready")
                                                                        .compareTo(
                                                                                time(row, "done"))
                                                                < 0
                                                        && time(row, "adapter_ready")
                                                                        .compareTo(
                                                                                time(other, "done"))
                                                                < 0))
                        .count();
        assertThat(overlapping).isGreaterThan(REQUESTS / 2);
    }

    private static Instant time(JsonNode row, String name) {
        return Instant.parse(row.get(name).asString());
    }

    private static Map<String, Integer> replayAll(RunningServer server, List<JsonNode> rows)
            throws Exception {
        var verdicts = new HashMap<String, Integer>();
        var calls = new ArrayList<Callable<Integer>>();
        for (var row : rows) {
            calls.add(() -> {
                var verdict =
                        replay(server, row.get("id").asString(), "{}", 200)
                                .get("verdict")
                                .asString();
                synchronized (verdicts) {
                    verdicts.merge(verdict, 1, Integer::sum);
                }
                return 1;
            });
        }
        inParallel(calls);
        return verdicts;
    }

    @Test
    void aPromptThatIsNotKeptIsSentAgainAndMergedRequestsSayTheirNoise() throws Exception {
        try (var server = start("merged", false)) {
            var body =
                    "{\"model\": \"rot13\", \"messages\": [{\"role\": \"user\", \"content\": \"The quick brown fox\"}], \"temperature\": 0}";
            // The adapter is measured, then merged.
            await().atMost(Duration.ofMinutes(3)).until(() -> mergedSteps(server, body) > 0);
            var id =
                    rows(server).stream()
                            .filter(row -> row.get("merged_steps").asInt() > 0)
                            .findFirst()
                            .orElseThrow()
                            .get("id")
                            .asString();
            assertThat(replay(server, id, "{}", 400).get("error").get("message").asString())
                    .contains("is not kept");
            var found = replay(server, id, body, 200);
            assertThat(found.get("merged_steps").asInt()).isPositive();
            assertThat(found.get("verdict").asString())
                    .as(found.toString())
                    .isIn("identical", "within_noise");
            assertThat(
                            replay(server, id, body.replace("quick", "slow"), 400)
                                    .get("error")
                                    .get("message")
                                    .asString())
                    .contains("does not have the hash");
        }
    }

    private static int mergedSteps(RunningServer server, String body)
            throws IOException, InterruptedException {
        var answer = server.post("/v1/chat/completions", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return rows(server).stream()
                .mapToInt(row -> row.get("merged_steps").asInt())
                .max()
                .orElse(0);
    }

    private void alter(String column, byte[] value, String id) throws SQLException {
        try (var database =
                        DriverManager.getConnection(
                                "jdbc:h2:file:" + home.resolve("dlora"), "sa", "");
                var update =
                        database.prepareStatement(
                                "update request set " + column + " = ? where request_id = ?")) {
            update.setBytes(1, value);
            update.setString(2, id);
            assertThat(update.executeUpdate()).isEqualTo(1);
        }
    }

    private static byte[] bytes(int... tokens) {
        var bytes = ByteBuffer.allocate(Integer.BYTES * tokens.length);
        bytes.asIntBuffer().put(tokens);
        return bytes.array();
    }

    private static JsonNode replay(RunningServer server, String id, String body, int status)
            throws IOException, InterruptedException {
        var answer = server.post("/admin/requests/" + id + "/replay", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return JSON.readTree(answer.body());
    }

    /** Returns all ended requests; none while the database is being opened. */
    private static List<JsonNode> rows(RunningServer server)
            throws IOException, InterruptedException {
        var answer = server.get("/admin/requests?limit=10000");
        return answer.statusCode() == 503
                ? List.of()
                : JSON.readTree(answer.body()).get("requests").valueStream().toList();
    }

    private static JsonNode read(RunningServer server, String path)
            throws IOException, InterruptedException {
        var answer = server.get(path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private RunningServer start(String policy, boolean isTextKept) {
        return RunningServer.start(
                DEMO.resolve("model"),
                DEMO.resolve("adapters"),
                "--dlora.home=" + home,
                "--dlora.store=auto",
                "--dlora.policy=" + policy,
                "--dlora.history.store-text=" + isTextKept,
                "--dlora.replicas[0].threads=1",
                "--dlora.replicas[1].threads=1");
    }
}
