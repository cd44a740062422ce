package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Every reference model with all its adapters over HTTP, 16 requests in flight. Tokens and
 * log-probabilities are those of transformers and PEFT.
 */
class GoldenModelsIT {
    private static final Path RESOURCES = TestFiles.data();
    private static final Path GOLDEN = RESOURCES.resolve("golden");
    private static final double TOLERANCE = 2e-3;
    private static final int TOKENS = 24;
    private static final int TOP = 5;
    private static final int IN_FLIGHT = 16;
    private static final JsonMapper JSON = new JsonMapper();

    /**
     * The adapter that is a pickle: left out at start, so that nobody gets the base model's answers
     * for it.
     */
    private static final String PICKLE = "legacy-bin";

    static List<Path> models() throws IOException {
        var models = new ArrayList<Path>();
        for (var set : List.of("golden", "vectors")) {
            try (var folders = Files.list(RESOURCES.resolve(set).resolve("models"))) {
                folders.filter(Files::isDirectory).sorted().forEach(models::add);
            }
        }
        return models;
    }

    @ParameterizedTest
    @MethodSource("models")
    void answersAsTransformersAndPeft(Path model) throws Exception {
        var set = model.resolve("../..").normalize();
        var adapters = set.resolve("adapters").resolve(model.getFileName());
        try (var server = RunningServer.start(model, adapters, RunningServer.JAVA_ALONE)) {
            var rows = new ArrayList<>(rows(set, model.getFileName() + ".jsonl"));
            assertThat(rows.stream().map(GoldenModelsIT::name)).containsAll(server.models());
            assertThat(server.models()).containsAll(names(adapters));
            Collections.shuffle(rows, new Random(1));
            List<Callable<HttpResponse<String>>> calls =
                    rows.stream()
                            .<Callable<HttpResponse<String>>>map(
                                    row -> () -> complete(server, name(row), row.get("prompt_ids")))
                            .toList();
            try (var clients = Executors.newFixedThreadPool(IN_FLIGHT)) {
                var answers = clients.invokeAll(calls);
                for (int i = 0; i < rows.size(); i++) {
                    check(rows.get(i), answers.get(i).resultNow());
                }
            }
        }
    }

    /** All that must be served. */
    private static List<String> names(Path adapters) throws IOException {
        try (var folders = Files.list(adapters)) {
            return folders.map(folder -> folder.getFileName().toString())
                    .filter(name -> !name.equals(PICKLE))
                    .toList();
        }
    }

    @Test
    void soundAdaptersAreServedBesideEveryMalformedOne() throws Exception {
        var bad = GOLDEN.resolve("bad");
        try (var server = RunningServer.start(bad.resolve("base-model"), bad)) {
            assertThat(server.models())
                    .containsExactlyInAnyOrder("base-model", "good-adapter", "adapter-other-base");
            var prompt = JSON.createArrayNode().add(1).add(2).add(3);
            assertThat(complete(server, "good-adapter", prompt).statusCode()).isEqualTo(200);
            assertThat(complete(server, "adapter-nan", prompt).statusCode()).isEqualTo(404);
        }
    }

    private static String name(JsonNode row) {
        return row.get(row.get("adapter").isNull() ? "model" : "adapter").asString();
    }

    private static void check(JsonNode row, HttpResponse<String> response) {
        if (name(row).equals(PICKLE)) {
            assertThat(response.statusCode()).as(row.get("id").asString()).isEqualTo(404);
        } else {
            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
            compare(row, JSON.readTree(response.body()).get("choices").get(0));
        }
    }

    private static void compare(JsonNode expected, JsonNode choice) {
        var id = expected.get("id").asString();
        assertThat(choice.get("token_ids")).as(id).isEqualTo(expected.get("tokens"));
        var chosen = choice.get("logprobs").get("token_logprobs");
        var tops = choice.get("logprobs").get("top_logprobs");
        assertThat(tops.size()).isEqualTo(expected.get("steps").size());
        for (int i = 0; i < tops.size(); i++) {
            var given = tops.get(i).valueStream().mapToDouble(JsonNode::doubleValue).toArray();
            var top = expected.get("steps").get(i);
            assertThat(chosen.get(i).doubleValue())
                    .as("%s, step %d", id, i)
                    .isCloseTo(logprob(top, 0), within(TOLERANCE));
            // Alternatives are named by their text, so that two tokens of one text are one.
            for (int k = 0; k < TOP && given.length == TOP; k++) {
                assertThat(given[k])
                        .as("%s, step %d, alternative %d", id, i, k)
                        .isCloseTo(logprob(top, k), within(TOLERANCE));
            }
        }
    }

    private static double logprob(JsonNode top, int k) {
        return top.get("top5").get(k).get(1).doubleValue();
    }

    private static HttpResponse<String> complete(
            RunningServer server, String model, JsonNode prompt)
            throws IOException, InterruptedException {
        var body =
                "{\"model\": \""
                        + model
                        + "\", \"prompt\": "
                        + prompt
                        + ", \"max_tokens\": "
                        + TOKENS
                        + ", \"temperature\": 0, \"ignore_eos\": true, \"logprobs\": "
                        + TOP
                        + ", \"return_token_ids\": true}";
        return server.post("/v1/completions", body);
    }

    private static List<JsonNode> rows(Path set, String file) throws IOException {
        var rows = new ArrayList<JsonNode>();
        for (var part : List.of("golden", "variants")) {
            var cases = set.resolve(part).resolve(file);
            if (Files.exists(cases)) {
                Files.readAllLines(cases).forEach(line -> rows.add(JSON.readTree(line)));
            }
        }
        return rows;
    }
}
