package org.dlora.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.dlora.catalogue.source.hub.FakeHub;
import org.dlora.catalogue.source.unpack.Archives;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Damaged and hostile sources and names against the jar with its database. Each is refused in its
 * own words and leaves nothing, or is handled as any other.
 */
@TestInstance(Lifecycle.PER_CLASS)
class HostileSourcesIT {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Path DEMO = TestFiles.demo();
    private static final String CONFIG = "adapter_config.json";
    private static final String WEIGHTS = "adapter_model.safetensors";

    /** A public address, which the test's proxy stands for. */
    private static final String PUBLIC = "http://93.184.216.34";

    private final FakeHub hub = new FakeHub();
    private Path home;
    private Path log;
    private ServerProcess server;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        home = folder.resolve("home");
        log = folder.resolve("log");
        adapter("upper").forEach(hub::file);
        hub.storage("http://169.254.169.254/latest/");
        var roots = Files.createDirectory(folder.resolve("roots"));
        var nested = Files.createDirectory(roots.resolve("nested"));
        Files.createSymbolicLink(nested.resolve("out"), Path.of("/etc"));
        var sound = Files.createDirectory(roots.resolve("upper"));
        for (var file : adapter("upper").entrySet()) {
            Files.write(sound.resolve(file.getKey()), file.getValue());
        }
        var jvm =
                List.of(
                        "-Xmx256m",
                        "-Dhttp.proxyHost=" + hub.url().getHost(),
                        "-Dhttp.proxyPort=" + hub.url().getPort());
        var settings =
                List.of(
                        "--dlora.store=auto",
                        "--dlora.home=" + home,
                        "--dlora.model=" + DEMO.resolve("model"),
                        "--dlora.adapters.roots=" + roots);
        var builder = new ProcessBuilder(ServerProcess.command(jvm, settings));
        builder.environment().put("HF_ENDPOINT", PUBLIC);
        builder.environment().put("HF_HOME", folder.resolve("hub").toString());
        server = new ServerProcess(log, builder);
        server.awaitCatalogue();
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

    private static Map<String, byte[]> with(String name, byte[] content) throws IOException {
        var files = new HashMap<>(adapter("upper"));
        files.put(name, content);
        return files;
    }

    /** A damaged archive, and what its refusal says. */
    record Damaged(String kind, byte[] archive, int status, String words) {
        @Override
        public String toString() {
            return kind;
        }
    }

    static List<Damaged> damaged() throws IOException {
        var many = new TreeMap<String, byte[]>();
        for (int i = 0; i < 10_000; i++) {
            many.put("file" + i, new byte[0]);
        }
        var header = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).putLong(1L << 40);
        var bomb = with(WEIGHTS, new byte[100 << 20]);
        var pickle = "\u0080\u0002ctorch".getBytes(UTF_8);
        return List.of(
                new Damaged("zip bomb", Archives.zip(bomb), 413, "max-ratio"),
                new Damaged("tar bomb", Archives.tarGz(bomb), 413, "max-ratio"),
                new Damaged("10,000 entries", Archives.zip(many), 413, "max-entries"),
                new Damaged("10,000 entries of a tar", Archives.tarGz(many), 413, "max-entries"),
                new Damaged(
                        "traversal",
                        Archives.zip(with("../../" + CONFIG, new byte[1])),
                        400,
                        "leads out of the folder"),
                new Damaged(
                        "absolute path",
                        Archives.tarGz(with("/etc/" + CONFIG, new byte[1])),
                        400,
                        "is not relative"),
                new Damaged(
                        "backslash",
                        Archives.tarGz(with("..\\" + CONFIG, new byte[1])),
                        400,
                        "has a backslash"),
                new Damaged(
                        "backslash of a zip",
                        Archives.zip(with("..\\" + CONFIG, new byte[1])),
                        400,
                        "leads out of the folder"),
                new Damaged("link", Archives.zipOfLink(WEIGHTS, "/etc/passwd"), 400, "is a link"),
                new Damaged("link of a tar", Archives.tarOfLink(CONFIG, "../x"), 400, "is a link"),
                new Damaged(
                        "huge header", Archives.zip(with(WEIGHTS, header.array())), 400, WEIGHTS),
                new Damaged("no header", Archives.zip(with(WEIGHTS, new byte[0])), 400, WEIGHTS),
                new Damaged(
                        "pickle",
                        Archives.zip(with("adapter_model.bin", pickle)),
                        400,
                        "is a Python pickle"),
                new Damaged(
                        "pickle in disguise", Archives.zip(with(WEIGHTS, pickle)), 400, WEIGHTS),
                new Damaged(
                        "HTML", Archives.zip(with(CONFIG, "<html>".getBytes(UTF_8))), 400, CONFIG),
                new Damaged(
                        "deep JSON",
                        Archives.zip(with(CONFIG, "[".repeat(100_000).getBytes(UTF_8))),
                        400,
                        CONFIG),
                new Damaged("cut off", "PK".getBytes(UTF_8), 400, "The archive is damaged"),
                new Damaged(
                        "no archive", "<html>".getBytes(UTF_8), 400, "neither a zip nor a tar.gz"));
    }

    /** Files staged by an earlier test are removed after its answer. */
    @BeforeEach
    void awaitNothingStaged() {
        await().atMost(1, MINUTES)
                .ignoreExceptions()
                .until(() -> left().stream().noneMatch(name -> name.contains("/.staging-")));
    }

    @ParameterizedTest
    @MethodSource("damaged")
    void damagedUploadIsRefusedAndLeavesNothing(Damaged upload) throws Exception {
        var before = left();
        var name = upload.archive()[0] == 'P' ? "a.zip" : "a.tar.gz";
        var answer = server.upload("damaged", name, upload.archive());
        refused(answer, upload.status(), upload.words());
        assertThat(left()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/etc", "nested/out", "..", "../roots/../..", "roots/\u0000", "~", "//etc"})
    void pathsOutsideTheRootsAreRefused(String path) throws Exception {
        var before = left();
        refused(acquire("outside", path), 400, "below the adapter roots");
        assertThat(message(load("outside", path), 404)).isNotBlank();
        refused(
                server.send(
                        "POST",
                        "/admin/adapters/outside/versions",
                        JSON.createObjectNode().put("path", path).toString()),
                404,
                "outside");
        assertThat(left()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1/a.zip",
                "https://127.0.0.1/a.zip",
                "https://169.254.169.254/latest/a.zip",
                "file:///etc/passwd",
                "ftp://host/a.zip",
                "s3://bucket/a.zip",
                "hf:../name",
                "hf:org/name@../../x",
                "gopher:x"
            })
    void sourcesThatAreNotAllowedAreRefused(String source) throws Exception {
        var before = left();
        var answer = acquire("source", source);
        assertThat(answer.statusCode()).as(answer.body()).isIn(400, 403);
        assertThat(message(answer)).isNotBlank();
        assertThat(left()).isEqualTo(before);
    }

    @Test
    void redirectOfTheHubToAnInternalAddressIsRefused() throws Exception {
        var before = left();
        refused(acquire("redirected", "hf:org/name"), 400, "an internal address");
        assertThat(left()).isEqualTo(before);
    }

    @Test
    void wrongContentTypesAreRefused() throws Exception {
        for (var type : List.of("text/plain", "application/octet-stream", "x", "multipart/mixed")) {
            var answer =
                    server.send(
                            HttpRequest.newBuilder(URI.create(server.url() + "/admin/adapters"))
                                    .header("X-DLoRA-Request", "1")
                                    .header("Content-Type", type)
                                    .POST(BodyPublishers.ofString("{}")));
            refused(answer, 415, "application/json");
        }
        var noBoundary =
                server.send(
                        HttpRequest.newBuilder(URI.create(server.url() + "/admin/adapters"))
                                .header("X-DLoRA-Request", "1")
                                .header("Content-Type", "multipart/form-data")
                                .POST(BodyPublishers.ofString("{}")));
        assertThat(noBoundary.statusCode()).as(noBoundary.body()).isEqualTo(400);
        assertThat(message(noBoundary)).isNotBlank();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a@b", "@", "a\nb", "a\u0000b", "\u0007", "\u0085"})
    void namesThatCannotBeUsedAreRefused(String name) throws Exception {
        var before = left();
        var words =
                "(?s).*(1 to 255 characters|must be provided|is empty|cannot be a new adapter's name).*";
        assertThat(message(acquire(name, "upper"), 400)).matches(words);
        assertThat(message(load(name, "upper"), 400)).matches(words);
        assertThat(left()).isEqualTo(before);
    }

    @Test
    void tooLongNamesAreRefused() throws Exception {
        refused(acquire("n".repeat(256), "upper"), 400, "1 to 255 characters");
        refused(load("n".repeat(256), "upper"), 400, "1 to 255 characters");
        refused(complete("n".repeat(100_000)), 404, "does not exist");
    }

    /** Half of a surrogate pair is a character of JSON that UTF-8 does not have. */
    @Test
    void halvesOfCharactersAreRefused() throws Exception {
        var body = "{\"name\": \"a\\ud800\", \"source\": \"upper\"}";
        assertThat(message(server.send("POST", "/admin/adapters", body), 400)).isNotBlank();
        var chat = "{\"model\": \"a\\ud800\", \"prompt\": \"x\"}";
        assertThat(message(server.send("POST", "/v1/completions", chat), 404)).isNotBlank();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "team/sql",
                "a/b/c/d",
                "'; DROP TABLE adapter; --",
                "\" OR 1=1",
                "<img src=x onerror=alert(1)>",
                "Имя 名前 🚀 é",
                "..",
                "a%2fb",
                "100%",
                "a b?c#d",
                "versions",
                "\\"
            })
    void namesOfAllKindsAreServedUnderAllEndpoints(String name) throws Exception {
        handled(name);
    }

    @Test
    void namesOf255CharactersAreServedUnderAllEndpoints() throws Exception {
        handled("ж".repeat(255));
    }

    private void handled(String name) throws Exception {
        var uploaded = server.upload(name, "a.zip", Archives.zip(adapter("upper")));
        assertThat(uploaded.statusCode()).as(uploaded.body()).isEqualTo(201);
        assertThat(JSON.readTree(uploaded.body()).get("name").asString()).isEqualTo(name);
        assertThat(ids()).contains(name);

        var answered = complete(name);
        assertThat(answered.statusCode()).as(answered.body()).isEqualTo(200);
        assertThat(answered.headers().firstValue("X-DLoRA-Adapter").orElse("")).contains("@1 ");

        var at = "/admin/adapters/" + encoded(name);
        assertThat(text(server.get(at), "name")).isEqualTo(name);
        assertThat(server.get(at + "/versions").body()).contains("\"number\":1");
        var update = JSON.createObjectNode().put("description", name).put("owner", name);
        assertThat(text(server.send("PUT", at, update.toString()), "description")).isEqualTo(name);
        var filtered = server.get("/admin/adapters?owner=" + encoded(name));
        assertThat(JSON.readTree(filtered.body()).get("total").asInt()).isEqualTo(1);
        var audit = "/admin/audit?subject=" + encoded(name);
        await().atMost(1, MINUTES)
                .untilAsserted(
                        () -> assertThat(server.get(audit).body()).contains("adapter.upload"));

        var gone =
                server.send(
                        HttpRequest.newBuilder(URI.create(server.url() + at))
                                .header("X-DLoRA-Request", "1")
                                .DELETE());
        assertThat(gone.statusCode()).as(gone.body()).isEqualTo(204);
        assertThat(ids()).doesNotContain(name);
        assertThat(server.get(at).statusCode()).isEqualTo(404);
    }

    /** Returns a name as a part of a path or query; {@code ..} would be taken away by clients. */
    private static String encoded(String name) {
        return URLEncoder.encode(name, UTF_8).replace("+", "%20").replace("..", "%2e%2e");
    }

    private HttpResponse<String> acquire(String name, String source) {
        return server.send(
                "POST",
                "/admin/adapters",
                JSON.createObjectNode().put("name", name).put("source", source).toString());
    }

    private HttpResponse<String> load(String name, String path) {
        return server.send(
                "POST",
                "/v1/load_lora_adapter",
                JSON.createObjectNode().put("lora_name", name).put("lora_path", path).toString());
    }

    private HttpResponse<String> complete(String model) {
        return server.send(
                "POST",
                "/v1/completions",
                JSON.createObjectNode()
                        .put("model", model)
                        .put("prompt", "Hello")
                        .put("max_tokens", 2)
                        .toString());
    }

    private List<String> ids() throws Exception {
        return JSON.readTree(server.get("/v1/models").body())
                .get("data")
                .valueStream()
                .map(model -> model.get("id").asString())
                .toList();
    }

    private static String text(HttpResponse<String> answer, String member) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body()).get(member).asString();
    }

    private static void refused(HttpResponse<String> answer, int status, String words) {
        assertThat(message(answer, status)).contains(words);
    }

    private static String message(HttpResponse<String> answer, int status) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return message(answer);
    }

    private static String message(HttpResponse<String> answer) {
        return JSON.readTree(answer.body()).at("/error/message").asString();
    }

    /** Returns the served models, and the files of the home but for the database and locks. */
    private List<String> left() throws Exception {
        var all = new ArrayList<>(ids());
        all.add("broken " + broken().size());
        try (var files = Files.walk(home)) {
            files.map(file -> home.relativize(file).toString())
                    .filter(name -> name.startsWith("adapters"))
                    .filter(name -> !name.contains(".lock"))
                    .filter(name -> !name.matches("adapters(/\\.staging-[0-9a-f-]*(/lock)?)?"))
                    .sorted()
                    .forEach(all::add);
        }
        return all;
    }

    private JsonNode broken() throws Exception {
        return JSON.readTree(server.get("/admin/adapters").body()).get("broken");
    }
}
