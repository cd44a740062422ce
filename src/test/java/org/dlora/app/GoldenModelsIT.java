package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.builder.SpringApplicationBuilder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Every reference model with all its adapters over HTTP: tokens and log-probabilities are those of
 * transformers and PEFT.
 */
class GoldenModelsIT {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final double TOLERANCE = 2e-3;
    private static final int TOKENS = 24;
    private static final int TOP = 5;
    private static final JsonMapper JSON = new JsonMapper();

    /**
     * Adapters of kinds that are not supported yet: refused at start, so that nobody gets the base
     * model's answers for theirs.
     */
    private static final Set<String> NOT_YET =
            Set.of(
                    "dora",
                    "legacy-bin",
                    "lora-bias",
                    "lora-embed",
                    "lora-embed-head",
                    "lora-lm-head",
                    "save-embed",
                    "save-lm-head",
                    "bias-all",
                    "bias-lora-only");

    @ParameterizedTest
    @ValueSource(strings = {"llama-mha-tied", "llama-gqa", "qwen2", "qwen3", "mistral"})
    void theServerAnswersAsTransformersAndPeft(String model) throws Exception {
        var application = new SpringApplicationBuilder(DloraApplication.class);
        try (var context =
                        application.run(
                                "--server.port=0",
                                "--dlora.model=" + GOLDEN.resolve("models").resolve(model),
                                "--dlora.adapters.roots="
                                        + GOLDEN.resolve("adapters").resolve(model),
                                "--dlora.generation-config=ignore");
                var http = HttpClient.newHttpClient()) {
            var url =
                    "http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port");
            var served = served(http, url);
            for (var row : rows(model)) {
                var name = row.get("adapter").isNull() ? model : row.get("adapter").asString();
                var response = complete(http, url, name, row.get("prompt_ids"));
                if (NOT_YET.contains(name)) {
                    assertThat(response.statusCode()).as(row.get("id").asString()).isEqualTo(404);
                } else {
                    assertThat(served).contains(name);
                    compare(row, JSON.readTree(response.body()).get("choices").get(0));
                }
            }
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
            HttpClient http, String url, String model, JsonNode prompt)
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
        var request =
                HttpRequest.newBuilder(URI.create(url + "/v1/completions"))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body))
                        .build();
        return http.send(request, BodyHandlers.ofString());
    }

    private static Set<String> served(HttpClient http, String url)
            throws IOException, InterruptedException {
        var models =
                http.send(
                        HttpRequest.newBuilder(URI.create(url + "/v1/models")).build(),
                        BodyHandlers.ofString());
        return JSON.readTree(models.body())
                .get("data")
                .valueStream()
                .map(m -> m.get("id").asString())
                .collect(Collectors.toSet());
    }

    private static List<JsonNode> rows(String model) throws IOException {
        try (var lines = Files.lines(GOLDEN.resolve("golden").resolve(model + ".jsonl"))) {
            return lines.map(JSON::readTree).toList();
        }
    }
}
