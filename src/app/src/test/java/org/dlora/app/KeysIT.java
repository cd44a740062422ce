package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.dlora.app.commands.CommandRunner;
import org.dlora.testing.TestFiles;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Keys of the whole program, from an open server to the next starts. */
class KeysIT {
    private static final Path DEMO = TestFiles.demo();
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir Path home;
    private final HttpClient http = HttpClient.newHttpClient();

    private RunningServer start(String... settings) {
        var all =
                Stream.concat(
                                Stream.of(
                                        RunningServer.JAVA_ALONE,
                                        "--dlora.store=auto",
                                        "--dlora.home=" + home),
                                Stream.of(settings))
                        .toArray(String[]::new);
        return RunningServer.start(DEMO.resolve("model"), DEMO.resolve("adapters"), all);
    }

    private HttpResponse<String> call(
            RunningServer server, String method, String path, @Nullable String key, String body)
            throws IOException, InterruptedException {
        var request =
                HttpRequest.newBuilder(URI.create(server.url() + path))
                        .timeout(Duration.ofMinutes(2))
                        .header("Content-Type", "application/json")
                        .method(method, BodyPublishers.ofString(body));
        if (key != null) {
            request.header("Authorization", "Bearer " + key);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private int status(String url, @Nullable String key) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofMinutes(2));
        if (key != null) {
            request.header("Authorization", "Bearer " + key);
        }
        return http.send(request.build(), BodyHandlers.ofString()).statusCode();
    }

    private String command(RunningServer server, @Nullable String key, String... arguments)
            throws IOException {
        var out = new StringWriter();
        var all = new String[arguments.length + 3];
        all[0] = "keys";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        all[arguments.length + 1] = "--url=" + server.url();
        all[arguments.length + 2] =
                key == null
                        ? "--home=" + home
                        : "--key-file=" + Files.writeString(home.resolve("key"), key + "\n");
        int code = CommandRunner.run(new PrintWriter(out, true), new PrintWriter(out, true), all);
        assertThat(code).as(out.toString()).isZero();
        return out.toString();
    }

    @Test
    void aKeyClosesTheServerForGood() throws Exception {
        String root;
        String app;
        try (var server = start()) {
            assertThat(call(server, "GET", "/v1/me", "none", "").body()).contains("\"key\":null");
            assertThat(server.models()).contains("rot13");
            // Its database is opened once it is ready.
            root = command(server, null, "create", "--name=root", "--scope=admin").strip();
            assertThat(call(server, "GET", "/v1/models", null, "").statusCode()).isEqualTo(401);
            assertThat(call(server, "GET", "/health", null, "").statusCode()).isEqualTo(200);
            assertThat(call(server, "GET", "/v1/models", root, "").statusCode()).isEqualTo(200);
            app = command(server, root, "create", "--name=app", "--scope=inference").strip();
            assertThat(command(server, root, "list"))
                    .contains("root  scopes=admin", "app  scopes=inference");
            assertThat(
                            call(
                                            server,
                                            "PUT",
                                            "/admin/keys/" + app.substring(0, 18),
                                            root,
                                            "{\"adapters\": [\"rot*\"]}")
                                    .statusCode())
                    .isEqualTo(200);
        }
        assertThat(Files.readString(home.resolve("keys.secret"))).hasSize(65);
        try (var server =
                start("--management.server.port=0", "--management.server.address=127.0.0.1")) {
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> call(server, "GET", "/v1/me", app, "").statusCode() == 200);
            assertThat(call(server, "GET", "/v1/models", null, "").statusCode()).isEqualTo(401);
            var models = JSON.readTree(call(server, "GET", "/v1/models", app, "").body());
            assertThat(models.get("data").valueStream().map(model -> model.get("id").asString()))
                    .containsExactly("model", "rot13");
            for (var path : List.of("/actuator/prometheus", "/actuator/info", "/actuator")) {
                assertThat(status(server.managementUrl() + path, null)).as(path).isEqualTo(401);
                assertThat(status(server.managementUrl() + path, app)).as(path).isEqualTo(403);
                assertThat(status(server.managementUrl() + path, root)).as(path).isEqualTo(200);
            }
            assertThat(status(server.managementUrl() + "/actuator/health", null)).isEqualTo(200);
            command(server, root, "revoke", app.substring(0, 18));
            assertThat(call(server, "GET", "/v1/me", app, "").statusCode()).isEqualTo(401);
        }
        // Another server uses the file, so the keys are unknown.
        try (var file = FileChannel.open(home.resolve("dlora.mv.db"), StandardOpenOption.WRITE);
                var _ = file.lock();
                var server = start()) {
            await().atMost(Duration.ofMinutes(1))
                    .until(() ->
                            call(server, "GET", "/v1/models", null, "")
                                    .body()
                                    .contains("another server uses its database"));
            assertThat(call(server, "GET", "/v1/models", root, "").statusCode()).isEqualTo(503);
            var health = call(server, "GET", "/health", null, "");
            assertThat(health.statusCode()).isEqualTo(503);
            assertThat(health.body()).contains("not ready", "another server uses its database");
        }
    }
}
