package org.dlora.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The whole program with a manifest, a database, a watched root and a webhook. */
@TestInstance(Lifecycle.PER_CLASS)
class ManifestIT {
    private static final Path DEMO = TestFiles.demo();
    private static final JsonMapper JSON = new JsonMapper();

    private final List<String> hooked = new CopyOnWriteArrayList<>();
    private HttpServer receiver;
    private Path folder;
    private Path file;
    private RunningServer server;

    @BeforeAll
    void start(@TempDir Path temporary) throws IOException {
        folder = temporary;
        file = folder.resolve("manifest.yml");
        copy("rot13", "pool/rot13");
        copy("upper", "pool/upper");
        Files.writeString(file, manifest("pool/rot13"));
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext(
                "/",
                call -> {
                    hooked.add(new String(call.getRequestBody().readAllBytes(), UTF_8));
                    call.sendResponseHeaders(204, -1);
                    call.close();
                });
        receiver.start();
        server = serve();
    }

    @AfterAll
    void stop() {
        server.close();
        receiver.stop(0);
    }

    private RunningServer serve() {
        return RunningServer.start(
                DEMO.resolve("model"),
                folder.resolve("roots"),
                "--dlora.home=" + folder.resolve("home"),
                "--dlora.store=auto",
                "--dlora.adapters.manifest=" + file,
                "--dlora.adapters.manifest-interval=50ms",
                "--dlora.adapters.roots-interval=50ms",
                "--dlora.webhooks[0].url=http://127.0.0.1:%d/hook"
                        .formatted(receiver.getAddress().getPort()),
                "--dlora.webhooks[0].secret=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "--dlora.webhooks[0].events=admin_action");
    }

    private void copy(String adapter, String to) throws IOException {
        var target = Files.createDirectories(folder.resolve("roots").resolve(to));
        try (var files = Files.list(DEMO.resolve("adapters").resolve(adapter))) {
            for (var one : files.toList()) {
                Files.copy(one, target.resolve(one.getFileName()));
            }
        }
    }

    private static String manifest(String source) {
        return "adapters:\n- {name: cipher, source: %s, owner: ann, pinned: true}\n"
                .formatted(source);
    }

    private void write(String yaml) throws IOException {
        var next = Files.writeString(folder.resolve("next.yml"), yaml);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private JsonNode get(String path) throws Exception {
        return JSON.readTree(server.get(path).body());
    }

    private void awaitState(String state) {
        await().atMost(Duration.ofMinutes(1))
                .untilAsserted(() -> {
                    var report = get("/admin/manifest");
                    assertThat(report.get("state").asString()).as("%s", report).isEqualTo(state);
                });
    }

    @Test
    void theManifestIsServedShownAndGuardedAndOutlastsARestart() throws Exception {
        awaitState("applied");
        var report = get("/admin/manifest");
        assertThat(report.get("differences")).isEmpty();
        assertThat(report.get("adapters").get(0).get("desired").toString())
                .isEqualTo(
                        "{\"served\":true,\"versions.main\":\"pool/rot13\",\"route\":{\"versions\":{\"main\":1},\"sticky\":false},\"owner\":\"ann\",\"pinned\":true}");
        var adapter = get("/admin/adapters/cipher");
        assertThat(adapter.get("managed_by").asString()).isEqualTo("manifest");
        assertThat(adapter.get("managed").toString())
                .isEqualTo("[\"served\",\"versions.main\",\"route\",\"owner\",\"pinned\"]");
        assertThat(adapter.get("pinned").booleanValue()).isTrue();
        assertThat(text()).isEqualTo("Uryyb");

        var refused = server.put("/admin/adapters/cipher", "{\"owner\": \"bob\"}");
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(refused.body())
                .contains(
                        "'owner' of adapter 'cipher' comes from the manifest (dlora.adapters.manifest, line 2); change it there.");
        assertThat(
                        server.post("/v1/unload_lora_adapter", "{\"lora_name\": \"cipher\"}")
                                .statusCode())
                .isEqualTo(409);
        assertThat(
                        server.post(
                                        "/admin/adapters",
                                        "{\"name\": \"cipher\", \"source\": \"pool/upper\", \"in_place\": true}")
                                .statusCode())
                .isEqualTo(409);
        assertThat(server.post("/admin/adapters/cipher/unpin", "").statusCode()).isEqualTo(409);
        assertThat(server.put("/admin/adapters/cipher", "{\"description\": \"d\"}").statusCode())
                .isEqualTo(200);

        write("adapters: [");
        awaitState("broken");
        assertThat(get("/admin/manifest").get("errors").get(0).get("line").intValue()).isEqualTo(1);
        assertThat(text()).isEqualTo("Uryyb");
        write(manifest("pool/upper"));
        awaitState("applied");
        await().until(() -> text().equals("HELLO"));

        server.close();
        server = serve();
        awaitState("applied");
        assertThat(text()).isEqualTo("HELLO");
        var again = get("/admin/adapters/cipher");
        assertThat(again.get("active_version").intValue()).isEqualTo(2);
        assertThat(again.get("description").asString()).isEqualTo("d");
        await().until(() -> hooked.stream().anyMatch(body -> body.contains("\"manifest.accept\"")));
        assertThat(hooked).anyMatch(body -> body.contains("\"adapter.update\""));
    }

    @Test
    void aFolderThatIsDroppedIsServed() throws Exception {
        copy("reverse", "dropped");
        await().atMost(Duration.ofMinutes(1))
                .until(() -> server.get("/admin/adapters/dropped").statusCode() == 200);
    }

    private String text() throws Exception {
        var answer =
                server.post(
                        "/v1/chat/completions",
                        """
                        {"model": "cipher", "temperature": 0, "messages": [{"role": "user", "content": "Hello"}]}\
                        """);
        return JSON.readTree(answer.body())
                .get("choices")
                .get(0)
                .get("message")
                .get("content")
                .asString();
    }
}
