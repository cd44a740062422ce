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
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A budget that is used in one run of the server, and is used up in the next. */
class BudgetRestartIT {
    private static final Path DEMO = TestFiles.demo();
    private static final JsonMapper JSON = new JsonMapper();
    private static final String ADMIN = "admin-key-of-the-tests-0123456789";
    private static final String BODY =
            "{\"model\": \"rot13\", \"prompt\": \"hello\", \"max_tokens\": 8}";

    @TempDir Path home;
    private final HttpClient http = HttpClient.newHttpClient();

    private RunningServer start() {
        return RunningServer.start(
                DEMO.resolve("model"),
                DEMO.resolve("adapters"),
                RunningServer.JAVA_ALONE,
                "--dlora.store=auto",
                "--dlora.home=" + home,
                "--dlora.security.admin-key=" + ADMIN);
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

    private JsonNode month(RunningServer server, String key)
            throws IOException, InterruptedException {
        return JSON.readTree(call(server, "GET", "/v1/me", key, "").body())
                .path("usage")
                .path("month");
    }

    @Test
    void aBudgetSurvivesARestart() throws Exception {
        String key;
        long used;
        try (var server = start()) {
            var order =
                    "{\"name\": \"app\", \"scopes\": [\"inference\"], \"limits\": {\"token_budget\": 40, \"budget_period\": \"month\", \"budget_alert\": 0.1}}";
            var made = new HttpResponse<?>[1];
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> {
                        var answer = call(server, "POST", "/admin/keys", ADMIN, order);
                        made[0] = answer;
                        return answer.statusCode() == 201;
                    });
            key = JSON.readTree(String.valueOf(made[0].body())).get("key").asString();
            await().atMost(Duration.ofMinutes(1))
                    .until(() ->
                            call(server, "POST", "/v1/completions", key, BODY).statusCode() == 200);
            used = month(server, key).get("tokens").asLong();
            assertThat(used).isPositive();
            await().atMost(Duration.ofMinutes(1))
                    .until(() ->
                            call(server, "GET", "/admin/changes?kind=budget_alert", ADMIN, "")
                                    .body()
                                    .contains(key.substring(0, 18)));
        }
        try (var server = start()) {
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> month(server, key).path("tokens").asLong() == used);
            var refused = new HttpResponse<?>[1];
            for (int i = 0; i < 10 && refused[0] == null; i++) {
                var answer = call(server, "POST", "/v1/completions", key, BODY);
                if (answer.statusCode() != 200) {
                    refused[0] = answer;
                }
            }
            assertThat(refused[0]).isNotNull();
            assertThat(refused[0].statusCode()).isEqualTo(429);
            assertThat(String.valueOf(refused[0].body())).contains("insufficient_quota");
            assertThat(month(server, key).get("tokens").asLong()).isBetween(used, 40L);
        }
    }
}
