package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * SmolLM2-135M-Instruct with adapters trained for it: each reproduces the greedy answers of
 * transformers and PEFT. Runs if {@code dlora.test.smollm2} names the model's folder and {@code
 * dlora.test.smollm2.adapters} a folder of adapters, each with its {@code examples.jsonl}.
 */
@TestInstance(Lifecycle.PER_CLASS)
abstract class SmolLm2IT {
    static final String MODEL = "dlora.test.smollm2";
    static final String ADAPTERS = "dlora.test.smollm2.adapters";

    private static final JsonMapper JSON = new JsonMapper();
    private static final int IN_FLIGHT = 32;

    /** Share of the reference's tokens that come before the first difference: near-ties differ. */
    private static final double REPRODUCED = 0.95;

    private Path model;
    private Path adapters;
    private RunningServer server;

    private record Answered(String adapter, JsonNode example, JsonNode answer) {
        JsonNode choice() {
            return answer.get("choices").get(0);
        }

        int length() {
            return example.get("output_ids").size();
        }

        int reproduced() {
            var expected = example.get("output_ids");
            var given = choice().get("token_ids");
            int same = 0;
            while (same < Math.min(expected.size(), given.size())
                    && expected.get(same).equals(given.get(same))) {
                same++;
            }
            return same;
        }
    }

    @BeforeAll
    void start() {
        model = Path.of(System.getProperty(MODEL));
        adapters = Path.of(System.getProperty(ADAPTERS));
        server = start(model, adapters);
    }

    /** Starts what is tested. */
    abstract RunningServer start(Path model, Path adapters);

    @AfterAll
    void stop() {
        server.close();
    }

    @Test
    void adaptersInOneBatchReproduceTheirExamples() throws Exception {
        var jobs = new ArrayList<Callable<Answered>>();
        for (var adapter : adapterFolders()) {
            for (var example : examples(adapter)) {
                jobs.add(() -> ask(adapter.getFileName().toString(), example));
            }
        }
        Collections.shuffle(jobs, new Random(1));
        List<Answered> answers;
        try (var clients = Executors.newFixedThreadPool(IN_FLIGHT)) {
            answers = clients.invokeAll(jobs).stream().map(Future::resultNow).toList();
        }
        assertThat(answers).isNotEmpty();
        assertThat(answers)
                .allSatisfy(a ->
                        assertThat(a.answer().get("prompt_token_ids"))
                                .isEqualTo(a.example().get("prompt_ids")));
        int tokens = answers.stream().mapToInt(Answered::length).sum();
        int reproduced = answers.stream().mapToInt(Answered::reproduced).sum();
        assertThat((double) reproduced / tokens)
                .as(
                        "%d of %d tokens before the first difference; differing: %s",
                        reproduced, tokens, differing(answers))
                .isGreaterThanOrEqualTo(REPRODUCED);
    }

    @Test
    void baseModelAnswersInSentences() throws Exception {
        var answer =
                chat(model.getFileName().toString(), "What is the capital of France?")
                        .get("choices")
                        .get(0);
        assertThat(answer.get("message").get("content").asString())
                .contains("capital of France is Paris");
        assertThat(answer.get("finish_reason").asString()).isEqualTo("stop");
    }

    private static List<String> differing(List<Answered> answers) {
        return answers.stream()
                .filter(a -> a.reproduced() < a.length())
                .map(a ->
                        "%s: expected %s, got %s"
                                .formatted(
                                        a.adapter(),
                                        a.example().get("output"),
                                        a.choice().get("message").get("content")))
                .toList();
    }

    private Answered ask(String adapter, JsonNode example)
            throws IOException, InterruptedException {
        return new Answered(adapter, example, chat(adapter, example.get("prompt").asString()));
    }

    private JsonNode chat(String name, String message) throws IOException, InterruptedException {
        var body = JSON.createObjectNode();
        body.put("model", name).put("temperature", 0).put("return_token_ids", true);
        body.putArray("messages").addObject().put("role", "user").put("content", message);
        var response = server.post("/v1/chat/completions", body.toString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JSON.readTree(response.body());
    }

    private List<Path> adapterFolders() throws IOException {
        try (var folders = Files.list(adapters)) {
            return folders.filter(f -> Files.exists(f.resolve("examples.jsonl"))).sorted().toList();
        }
    }

    private static List<JsonNode> examples(Path adapter) throws IOException {
        try (var lines = Files.lines(adapter.resolve("examples.jsonl"))) {
            return lines.map(JSON::readTree).toList();
        }
    }
}
