package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Changes of keys, teams and users that their callers know. */
class PreconditionIT extends AccessServer {
    private static final String OTHER = "\"0123\"";

    private HttpResponse<String> conditional(
            String method, String path, @Nullable String body, String condition)
            throws IOException, InterruptedException {
        var request =
                HttpRequest.newBuilder(request(method, path, ADMIN, body), (_, _) -> true)
                        .header("If-Match", condition)
                        .header("X-DLoRA-Request", "test");
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private int status(String method, String path, @Nullable String body, String condition)
            throws IOException, InterruptedException {
        return conditional(method, path, body, condition).statusCode();
    }

    private String tag(String path) throws IOException, InterruptedException {
        return tag(call("GET", path, ADMIN, null));
    }

    private static String tag(HttpResponse<String> answer) {
        return answer.headers().firstValue("ETag").orElseThrow();
    }

    private String make(String path, String body) throws Exception {
        var made = ask(201, "POST", path, ADMIN, body);
        return path + "/" + (made.has("id") ? made.get("id") : made.get("name")).asString();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    /admin/keys  | {"name": "a", "scopes": ["inference", "metrics"]}           | {"name": "b"}          | {"adapters": ["x"]}
                    /admin/teams | {"name": "first", "adapters": ["a", "b"]}                   | {"description": "b"}   | {"share": 2}
                    /admin/users | {"name": "tag", "role": "viewer", "password": "long enough for it"} | {"role": "operator"}   | {"password": "another long one"}
                    """)
    void aChangeOfAnotherStateChangesNothing(String list, String body, String one, String two)
            throws Exception {
        var path = make(list, body);
        var before = tag(path);
        assertThat(tag(path)).isEqualTo(before).matches("\"[0-9a-f]{32}\"");

        var changed = conditional("PUT", path, one, OTHER + ", " + before);
        assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
        assertThat(tag(changed)).isEqualTo(tag(path)).isNotEqualTo(before);

        var known = ask(200, "GET", path, ADMIN, null);
        var refused = conditional("PUT", path, two, before);
        assertThat(refused.statusCode()).isEqualTo(412);
        assertThat(JSON.readTree(refused.body()).at("/error/message").asString())
                .startsWith("Nothing was changed")
                .contains(before, tag(path));
        assertThat(status("DELETE", path, null, before)).isEqualTo(412);
        assertThat(status("PUT", path, two, "W/" + tag(path))).isEqualTo(412);
        assertThat(status("PUT", path, two, "no tag")).isEqualTo(400);
        assertThat(ask(200, "GET", path, ADMIN, null)).isEqualTo(known);

        assertThat(status("PUT", path, two, "*")).isEqualTo(200);
        assertThat(tag(path)).isNotEqualTo(tag(changed));
        assertThat(status("PUT", path + "nobody", two, "*")).isEqualTo(404);
        assertThat(status("DELETE", path, null, tag(path))).isBetween(200, 204);
    }

    @Test
    void aRetriedRotationMakesNoOtherKey() throws Exception {
        var path = make("/admin/keys", "{\"name\": \"rotated\", \"scopes\": [\"inference\"]}");
        var before = tag(path);
        assertThat(status("POST", path + "/rotate", "{}", before)).isEqualTo(201);
        int count = ask(200, "GET", "/admin/keys", ADMIN, null).get("keys").size();
        assertThat(status("POST", path + "/rotate", "{}", before)).isEqualTo(412);
        assertThat(ask(200, "GET", "/admin/keys", ADMIN, null).get("keys").size()).isEqualTo(count);
    }

    @Test
    void onlyOneOfConcurrentChangesSucceeds() throws Exception {
        var path = make("/admin/teams", "{\"name\": \"many\"}");
        var before = tag(path);
        var answers = new ArrayList<CompletableFuture<HttpResponse<String>>>();
        for (int i = 0; i < 8; i++) {
            var request =
                    HttpRequest.newBuilder(
                                    request(
                                            "PUT",
                                            path,
                                            ADMIN,
                                            "{\"description\": \"by " + i + "\"}"),
                                    (_, _) -> true)
                            .header("If-Match", before);
            answers.add(http.sendAsync(request.build(), BodyHandlers.ofString()));
        }
        assertThat(answers)
                .extracting(answer -> answer.join().statusCode())
                .containsOnlyOnce(200)
                .containsOnly(200, 412);
    }
}
