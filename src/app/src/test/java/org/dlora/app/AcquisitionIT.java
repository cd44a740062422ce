package org.dlora.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dlora.catalogue.source.hub.FakeHub;
import org.dlora.catalogue.source.hub.HubSettings;
import org.dlora.catalogue.source.unpack.Archives;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** The whole program with its model on a hub, while clients bring adapters. */
@TestInstance(Lifecycle.PER_CLASS)
class AcquisitionIT {
    private static final Path DEMO = TestFiles.demo();
    private static final String CONFIG = "adapter_config.json";
    private static final String WEIGHTS = "adapter_model.safetensors";

    private final FakeHub hub = new FakeHub();
    private Path home;
    private RunningServer server;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        home = folder.resolve("home");
        try (var files = Files.list(DEMO.resolve("model"))) {
            for (var file : files.toList()) {
                hub.file(String.valueOf(file.getFileName()), Files.readAllBytes(file));
            }
        }
        adapter("rot13").forEach(hub::file);
        var roots = Files.createDirectory(folder.resolve("roots"));
        server =
                RunningServer.startWith(
                        new HubSettings(
                                hub.url(), Optional.empty(), folder.resolve("cache"), false),
                        "hf:org/name",
                        roots,
                        "--dlora.home=" + home,
                        "--dlora.store=memory",
                        "--dlora.adapters.uploads.max-size=64MB");
    }

    @AfterAll
    void stop() {
        server.close();
        hub.close();
    }

    private static Map<String, byte[]> adapter(String name) throws IOException {
        var folder = DEMO.resolve("adapters").resolve(name);
        return Map.of(
                CONFIG, Files.readAllBytes(folder.resolve(CONFIG)),
                WEIGHTS, Files.readAllBytes(folder.resolve(WEIGHTS)));
    }

    @Test
    void modelOfTheHubIsCalledByItsRepository() throws Exception {
        assertThat(server.models()).contains("org/name");
        assertThat(text("org/name")).startsWith("The quick brown fox");
    }

    @Test
    void adapterOfTheHubAnswers() throws Exception {
        var answer =
                server.post(
                        "/admin/adapters", "{\"name\": \"cipher\", \"source\": \"hf:org/name\"}");
        assertThat(answer.body()).contains("\"state\":\"ready\"");
        assertThat(answer.statusCode()).isEqualTo(201);
        assertThat(text("cipher")).startsWith("Gur dhvpx oebja sbk");
        assertThat(server.get("/admin/adapters/cipher/versions").body())
                .contains("\"source\":\"hf:org/name@");
    }

    @Test
    void uploadedAdapterAnswersAndTakesThePlaceOfNoOther() throws Exception {
        var archive = Archives.tarGz(adapter("upper"));
        var answer = server.upload("team/loud", "a.tar.gz", archive);
        assertThat(answer.body()).contains("\"state\":\"ready\"");
        assertThat(answer.statusCode()).isEqualTo(201);
        assertThat(text("team/loud")).startsWith("THE QUICK BROWN FOX");
        assertThat(server.get("/admin/adapters").body()).contains("team/loud");
        refuses("team/loud", archive, 400, "is served already");
        refuses("org/name", archive, 400, "conflicts with a served base model");
        refuses("n".repeat(256), archive, 400, "1 to 255 characters");
        refuses("a@b", archive, 400, "'@' separates a name");
        assertThat(server.upload("n".repeat(255), "a.tar.gz", archive).statusCode()).isEqualTo(201);
        assertThat(text("n".repeat(255))).startsWith("THE QUICK BROWN FOX");
    }

    @Test
    void damagedAdaptersLeaveNothing() throws Exception {
        var before = stored();
        var models = server.models();
        refuses(with(WEIGHTS, header(1L << 40)), WEIGHTS);
        refuses(with(WEIGHTS, header(200L << 20)), WEIGHTS);
        refuses(with(WEIGHTS, "\u0080\u0002ctorch".getBytes(UTF_8)), WEIGHTS);
        refuses(with(WEIGHTS, new byte[0]), WEIGHTS);
        refuses(with(CONFIG, "<html></html>".getBytes(UTF_8)), CONFIG);
        refuses(with(CONFIG, "{\"peft_type\": \"IA3\"}".getBytes(UTF_8)), "IA3");
        refuses(with("adapter_model.bin", new byte[1]), "is a Python pickle");
        refuses(with("../" + CONFIG, new byte[1]), "leads out of the folder");
        var weights = adapter("upper");
        refuses(Map.of(WEIGHTS, weights.getOrDefault(WEIGHTS, new byte[0])), CONFIG);
        assertThat(server.models()).isEqualTo(models);
        assertThat(stored()).isEqualTo(before);
    }

    @Test
    void pathsOutsideTheRootsAreRefused() throws Exception {
        for (var path : List.of("/etc", "../home", "..", home.toString())) {
            var answer =
                    server.post(
                            "/admin/adapters",
                            "{\"name\": \"x\", \"source\": \"%s\"}".formatted(path));
            assertThat(answer.body()).contains("is no folder below the adapter roots");
            assertThat(answer.statusCode()).isEqualTo(400);
        }
    }

    private Map<String, byte[]> with(String name, byte[] content) throws IOException {
        var files = new HashMap<>(adapter("upper"));
        files.put(name, content);
        return files;
    }

    private static byte[] header(long length) {
        return ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array();
    }

    private void refuses(Map<String, byte[]> files, String words) throws Exception {
        refuses("damaged", Archives.zip(files), 400, words);
    }

    private void refuses(String name, byte[] archive, int status, String words) throws Exception {
        var answer = server.upload(name, archive[0] == 'P' ? "a.zip" : "a.tar.gz", archive);
        assertThat(answer.body()).contains(words);
        assertThat(answer.statusCode()).isEqualTo(status);
    }

    /**
     * Folders of the store, without the one of a server's staging, which is empty but for a lock.
     */
    private List<String> stored() throws IOException {
        var adapters = home.resolve("adapters");
        if (!Files.exists(adapters)) {
            return List.of();
        }
        try (var files = Files.walk(adapters)) {
            return files.map(file -> adapters.relativize(file).toString())
                    .filter(name -> !name.isEmpty() && !name.startsWith(".lock"))
                    .filter(name -> !name.matches("\\.staging-[0-9a-f-]*(/lock)?"))
                    .sorted()
                    .toList();
        }
    }

    private String text(String model) throws Exception {
        var answer =
                server.post(
                        "/v1/chat/completions",
                        "{\"model\": \"%s\", \"messages\": [{\"role\": \"user\", \"content\": \"The quick brown fox\"}], \"temperature\": 0}"
                                .formatted(model));
        assertThat(answer.body()).contains("choices");
        return Example.text(answer.body(), false);
    }
}
