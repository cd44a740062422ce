package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.dlora.store.TestPostgres;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Two servers on one PostgreSQL that share the limits of a key. */
class SharedLimitsIT {
    private static final Path DEMO = TestFiles.demo();
    private static final JsonMapper JSON = new JsonMapper();
    private static final String ADMIN = "admin-key-of-the-tests-0123456789";
    private static final String BODY =
            "{\"model\": \"rot13\", \"prompt\": \"hello\", \"max_tokens\": 2}";
    private static final int LIMIT = 20;

    @TempDir Path home;
    private final String url = TestPostgres.newDatabase();
    private final HttpClient http = HttpClient.newHttpClient();

    private RunningServer start(String name) {
        return RunningServer.start(
                DEMO.resolve("model"),
                DEMO.resolve("adapters"),
                RunningServer.JAVA_ALONE,
                "--dlora.store=auto",
                "--dlora.home=" + home.resolve(name),
                "--spring.datasource.url=" + url,
                "--dlora.limits.shared=true",
                // However slow the machine is.
                "--dlora.limits.shared-wait=1m",
                "--dlora.security.admin-key=" + ADMIN,
                "--dlora.security.secret-file=" + home.resolve("keys.secret"),
                "--dlora.security.refresh=200ms");
    }

    private HttpResponse<String> call(
            RunningServer server, String method, String path, String key, String body)
            throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create(server.url() + path))
                        .timeout(Duration.ofMinutes(2))
                        .header("Content-Type", "application/json")
                        .header("Authorization", "Bearer " + key)
                        .method(method, BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    @Test
    void twoServersLetInNoMoreThanOne() throws Exception {
        try (var one = start("one");
                var two = start("two")) {
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> call(one, "GET", "/admin/changes", ADMIN, "").statusCode() == 200);
            var made =
                    call(
                            one,
                            "POST",
                            "/admin/keys",
                            ADMIN,
                            "{\"name\": \"app\", \"scopes\": [\"inference\"], \"limits\": {\"requests_per_minute\": %d}}"
                                    .formatted(LIMIT));
            assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
            var key = JSON.readTree(made.body()).get("key").asString();
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> call(two, "GET", "/v1/me", key, "").statusCode() == 200);
            var clients = new ArrayList<Callable<Integer>>();
            for (int i = 0; i < 16; i++) {
                var server = i % 2 == 0 ? one : two;
                clients.add(() -> answered(server, key));
            }
            long begin = System.nanoTime();
            int answered = 0;
            try (var pool = Executors.newFixedThreadPool(clients.size())) {
                for (var done : pool.invokeAll(clients)) {
                    answered += done.get();
                }
            }
            double minutes = (System.nanoTime() - begin) / 60e9;
            assertThat((double) answered).isBetween((double) LIMIT / 2, LIMIT * (1 + minutes) + 1);
            int expected = answered;
            for (var server : List.of(one, two)) {
                await().atMost(Duration.ofMinutes(1))
                        .until(() -> requests(server, key) == expected);
            }
        }
    }

    private int answered(RunningServer server, String key) throws Exception {
        int answered = 0;
        for (int i = 0; i < 4; i++) {
            var answer = call(server, "POST", "/v1/completions", key, BODY);
            assertThat(answer.statusCode()).as(answer.body()).isIn(200, 429);
            answered += answer.statusCode() == 200 ? 1 : 0;
        }
        return answered;
    }

    private int requests(RunningServer server, String key) throws Exception {
        var me = JSON.readTree(call(server, "GET", "/v1/me", key, "").body());
        return me.get("usage").get("month").get("requests").asInt();
    }
}
