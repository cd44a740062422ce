package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The whole program with keys; all such tests share one server. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        classes = DloraApplication.class,
        properties = {"dlora.cpu.native=off", "dlora.security.admin-key=" + AccessServer.ADMIN})
abstract class AccessServer extends ServerIT {
    static final String ADMIN = "admin-key-of-the-tests-0123456789";
    static final JsonMapper JSON = new JsonMapper();

    /** Calls an endpoint with a key, null for none; a body is JSON. */
    HttpResponse<String> call(
            String method, String path, @Nullable String key, @Nullable String body)
            throws IOException, InterruptedException {
        return http.send(request(method, path, key, body), BodyHandlers.ofString());
    }

    HttpRequest request(String method, String path, @Nullable String key, @Nullable String body) {
        var request =
                HttpRequest.newBuilder(URI.create(url() + path)).timeout(Duration.ofMinutes(2));
        if (key != null) {
            request.header("Authorization", "Bearer " + key);
        }
        return body == null
                ? request.method(method, BodyPublishers.noBody()).build()
                : request.header("Content-Type", "application/json")
                        .method(method, BodyPublishers.ofString(body))
                        .build();
    }

    /** Returns the answer of a call that must have this status. */
    JsonNode ask(int status, String method, String path, String key, @Nullable String body)
            throws IOException, InterruptedException {
        // The database is opened once the server is ready.
        var answer =
                await().atMost(Duration.ofMinutes(2))
                        .until(
                                () -> call(method, path, key, body),
                                found -> found.statusCode() != 503 || status == 503);
        assertThat(answer.statusCode())
                .as(method + " " + path + ": " + answer.body())
                .isEqualTo(status);
        return JSON.readTree(answer.body());
    }

    /** Returns a new key, whole. */
    JsonNode issue(String members) throws IOException, InterruptedException {
        return ask(201, "POST", "/admin/keys", ADMIN, "{" + members + "}");
    }

    String key(String members) throws IOException, InterruptedException {
        return issue(members).get("key").asString();
    }
}
