package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.NotFoundException;
import com.openai.models.models.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** The whole program serving the demo model, while clients load and unload its adapters. */
@TestInstance(Lifecycle.PER_CLASS)
class RuntimeAdaptersIT {
    private static final Path DEMO = TestFiles.demo();
    private static final String LOAD = "/v1/load_lora_adapter";
    private static final String UNLOAD = "/v1/unload_lora_adapter";

    private RunningServer server;
    private OpenAIClient client;

    @BeforeAll
    void start(@TempDir Path roots) throws IOException {
        copy("upper", roots.resolve("upper"));
        copy("rot13", roots.resolve("team/rot13"));
        copy("reverse", roots.resolve("team/reverse"));
        Files.createDirectories(roots.resolve("bad"));
        Files.writeString(roots.resolve("bad/adapter_config.json"), "{\"peft_type\": \"IA3\"}");
        server = RunningServer.start(DEMO.resolve("model"), roots);
        client =
                OpenAIOkHttpClient.builder()
                        .baseUrl(server.url() + "/v1")
                        .apiKey("none")
                        .maxRetries(0)
                        .build();
    }

    @AfterAll
    void stop() {
        client.close();
        server.close();
    }

    @Test
    void streamsFinishOnAnAdapterThatIsUnloadedMeanwhile() throws Exception {
        double bytes = adapterBytes();
        load("cipher", "team/rot13", 200, "Success: LoRA adapter 'cipher' added successfully.");
        assertThat(adapterBytes()).isEqualTo(bytes);
        assertThat(models()).contains("cipher", "upper");
        assertThat(client.models().retrieve("cipher").created()).isPositive();
        var expected = Example.text(server.post(chat(), request("cipher", false)).body(), false);
        assertThat(expected).startsWith("Gur dhvpx oebja sbk");
        assertThat(adapterBytes()).isGreaterThan(bytes);

        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            var streams = new ArrayList<Future<String>>();
            var begun = new ArrayList<CompletableFuture<Void>>();
            for (int i = 0; i < 8; i++) {
                var first = new CompletableFuture<Void>();
                begun.add(first);
                streams.add(
                        clients.submit(
                                () -> server.stream(chat(), request("cipher", true), first)));
            }
            begun.forEach(CompletableFuture::join);
            unload("cipher", 200, "Success: LoRA adapter 'cipher' removed successfully.");
            assertThat(server.post(chat(), request("cipher", false)).statusCode()).isEqualTo(404);
            for (var stream : streams) {
                assertThat(Example.text(stream.get(), true)).isEqualTo(expected);
            }
        }
        assertThat(models()).doesNotContain("cipher");
        assertThatThrownBy(() -> client.models().retrieve("cipher"))
                .isInstanceOf(NotFoundException.class);
        await().atMost(Duration.ofSeconds(30)).until(() -> adapterBytes() == bytes);
        assertThat(metrics()).doesNotContain("adapter=\"cipher\"");

        load("cipher", "team/rot13", 200, "Success");
        assertThat(Example.text(server.post(chat(), request("cipher", false)).body(), false))
                .isEqualTo(expected);
        load("cipher", "team/reverse", 400, "'cipher' has already been loaded");
        assertThat(
                        server.post(
                                        LOAD,
                                        "{\"lora_name\": \"cipher\", \"lora_path\": \"team/reverse\", \"load_inplace\": true}")
                                .statusCode())
                .isEqualTo(200);
        assertThat(Example.text(server.post(chat(), request("cipher", false)).body(), false))
                .startsWith("xof nworb kciuq ehT");
        unload("cipher", 200, "Success");
        unload("cipher", 404, "cannot be found");
        await().atMost(Duration.ofSeconds(30)).until(() -> adapterBytes() == bytes);
    }

    @Test
    void refusedLoadChangesNothing() throws Exception {
        var models = models();
        double bytes = adapterBytes();
        load("x", "bad", 400, "IA3");
        load("x", "../", 404, "no folder below the adapter roots");
        load("x", "/etc", 404, "no folder below the adapter roots");
        load("x", "missing", 404, "no folder below the adapter roots");
        load(
                "model",
                "team/rot13",
                400,
                "The lora adapter 'model' conflicts with a served base model");
        load("upper", "team/rot13", 400, "'upper' has already been loaded");
        assertThat(models()).isEqualTo(models);
        assertThat(adapterBytes()).isEqualTo(bytes);
        assertThat(Example.text(server.post(chat(), request("upper", false)).body(), false))
                .startsWith("THE QUICK BROWN FOX");
    }

    private void load(String name, String path, int status, String words) throws Exception {
        answers(
                LOAD,
                "{\"lora_name\": \"" + name + "\", \"lora_path\": \"" + path + "\"}",
                status,
                words);
    }

    private void unload(String name, int status, String words) throws Exception {
        answers(UNLOAD, "{\"lora_name\": \"" + name + "\"}", status, words);
    }

    private void answers(String path, String body, int status, String words) throws Exception {
        var answer = server.post(path, body);
        assertThat(answer.body()).contains(words);
        assertThat(answer.statusCode()).isEqualTo(status);
    }

    private List<String> models() {
        return client.models().list().data().stream().map(Model::id).toList();
    }

    private double adapterBytes() throws Exception {
        return metrics()
                .lines()
                .filter(line -> line.startsWith("dlora_adapter_bytes"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private String metrics() throws Exception {
        return server.get("/actuator/prometheus").body();
    }

    private static String chat() {
        return "/v1/chat/completions";
    }

    /** Long enough to run on for a while. */
    private static String request(String model, boolean stream) {
        return "{\"model\": \""
                + model
                + "\", \"messages\": [{\"role\": \"user\", \"content\": \"The quick brown fox\"}], \"temperature\": 0, \"max_tokens\": 400, \"ignore_eos\": true, \"stream\": "
                + stream
                + "}";
    }

    private static void copy(String adapter, Path to) throws IOException {
        Files.createDirectories(to);
        for (var file : List.of("adapter_config.json", "adapter_model.safetensors")) {
            Files.copy(DEMO.resolve("adapters").resolve(adapter).resolve(file), to.resolve(file));
        }
    }
}
