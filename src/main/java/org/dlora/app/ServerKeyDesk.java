package org.dlora.app;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.dlora.security.limits.Quota;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Keys by the endpoints of a running server. */
final class ServerKeyDesk implements KeyDesk {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final HttpClient http = HttpClient.newHttpClient();
    private final String url;
    private final Optional<String> key;

    /**
     * @param url address of the server
     * @param key with scope {@code admin}, empty for a server without keys
     */
    ServerKeyDesk(String url, Optional<String> key) {
        this.url = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
        this.key = key;
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

    @Override
    public Shown create(Wanted wanted) {
        var body = JSON.createObjectNode().put("name", wanted.name());
        wanted.team().ifPresent(team -> body.put("team", team));
        wanted.expiresIn().ifPresent(time -> body.put("expires_in", time));
        body.set("scopes", JSON.valueToTree(wanted.scopes()));
        body.set("adapters", JSON.valueToTree(wanted.adapters()));
        if (!wanted.quota().isNone()) {
            body.set("limits", limits(wanted.quota()));
        }
        return shown(ask("POST", "/admin/keys", body));
    }

    private static ObjectNode limits(Quota quota) {
        var limits = JSON.createObjectNode();
        limits.put("requests_per_minute", quota.requestsPerMinute());
        limits.put("tokens_per_minute", quota.tokensPerMinute());
        limits.put("concurrent_requests", quota.concurrentRequests());
        var budget = quota.budget();
        if (budget != null) {
            limits.put("token_budget", budget.tokens());
            limits.put("budget_period", budget.period().label());
            limits.put("budget_alert", budget.alert());
        }
        return limits;
    }

    @Override
    public List<Shown> list() {
        return ask("GET", "/admin/keys", null)
                .path("keys")
                .valueStream()
                .map(ServerKeyDesk::shown)
                .toList();
    }

    @Override
    public Shown revoke(String id) {
        return shown(ask("DELETE", "/admin/keys/" + id, JSON.createObjectNode()));
    }

    @Override
    public Shown rotate(String id, Duration overlap) {
        var body = JSON.createObjectNode().put("overlap", overlap.toString());
        return shown(ask("POST", "/admin/keys/" + id + "/rotate", body));
    }

    private JsonNode ask(String method, String path, @Nullable ObjectNode body) {
        try {
            var answer = send(method, path, body);
            var json = JSON.readTree(answer.body());
            if (answer.statusCode() < 400) {
                return json;
            }
            var message = json.path("error").path("message").asString("");
            throw new KeyDeskException(
                    answer.statusCode() == 401
                            ? message
                                    + " Give one with scope admin by --key-file, or in the environment variable DLORA_KEY."
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

    private static Shown shown(JsonNode body) {
        return new Shown(
                body.path("id").asString(""),
                body.hasNonNull("key") ? body.get("key").asString() : null,
                body.path("name").asString(""),
                body.path("team").asString(""),
                texts(body.path("scopes")),
                texts(body.path("adapters")),
                body.path("state").asString(""),
                body.path("expires").asString(""),
                body.path("limits").properties().stream()
                        .filter(limit -> !limit.getValue().isNull())
                        .map(limit -> limit.getKey() + "=" + limit.getValue().asString())
                        .toList());
    }

    private static List<String> texts(JsonNode list) {
        return list.valueStream().map(JsonNode::asString).toList();
    }

    @Override
    public void close() {
        http.close();
    }
}
