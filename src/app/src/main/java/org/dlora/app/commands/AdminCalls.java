package org.dlora.app.commands;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Calls of the commands to the administration of a running server. */
final class AdminCalls implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final HttpClient http = HttpClient.newHttpClient();
    private final String url;
    private final Optional<String> key;

    /**
     * @param url address of the server
     * @param key with scope {@code admin}, empty for a server without keys
     */
    AdminCalls(String url, Optional<String> key) {
        this.url = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
        this.key = key;
    }

    static ObjectNode body() {
        return JSON.createObjectNode();
    }

    static JsonNode json(Object value) {
        return JSON.valueToTree(value);
    }

    /** Returns whether a server answers. */
    boolean isThere() {
        try {
            var _ = send("GET", "/version", null);
            return true;
        } catch (ConnectException _) {
            return false;
        } catch (IOException e) {
            throw new KeyDeskException("The server at %s does not answer: %s".formatted(url, e));
        }
    }

    /**
     * Returns the answer to a call; without members if it has no body.
     *
     * @throws KeyDeskException if it is refused
     */
    JsonNode ask(String method, String path, @Nullable ObjectNode body) {
        try {
            var answer = send(method, path, body);
            var json = answer.body().isBlank() ? body() : JSON.readTree(answer.body());
            if (answer.statusCode() < 400) {
                return json;
            }
            var message = json.path("error").path("message").asString("");
            throw new KeyDeskException(
                    answer.statusCode() == 401
                            ? message
                                    + " Give one with scope admin by --key-file, or in the environment variable DLORA_KEY. If there is none any more, stop the server: then the commands make one on its database."
                            : message);
        } catch (IOException | JacksonException e) {
            throw new KeyDeskException("The server at %s does not answer: %s".formatted(url, e));
        }
    }

    private HttpResponse<String> send(String method, String path, @Nullable ObjectNode body)
            throws IOException {
        var request = HttpRequest.newBuilder(URI.create(url + path)).timeout(PATIENCE);
        key.ifPresent(text -> request.header("Authorization", "Bearer " + text));
        request.method(
                method,
                body == null
                        ? BodyPublishers.noBody()
                        : BodyPublishers.ofString(JSON.writeValueAsString(body)));
        try {
            return http.send(
                    request.header("Content-Type", "application/json").build(),
                    BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
