package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Keys of two teams, which must not know of each other's adapters. */
class TeamsIT extends AccessServer {
    private static final String CHAT =
            "{\"model\": \"%s\", \"messages\": [{\"role\": \"user\", \"content\": \"hello\"}], \"temperature\": 0, \"max_tokens\": 4}";
    private static final String TEXT =
            "{\"model\": \"%s\", \"prompt\": \"hello\", \"max_tokens\": 4}";
    private static final String TOKENS = "{\"model\": \"%s\", \"prompt\": \"hello\"}";

    private String red = "";
    private String blue = "";

    @BeforeAll
    void makeTheTeams() throws Exception {
        ask(
                201,
                "POST",
                "/admin/teams",
                ADMIN,
                "{\"name\": \"red\", \"adapters\": [\"rot*\"], \"owns\": [\"red-*\"]}");
        ask(201, "POST", "/admin/teams", ADMIN, "{\"name\": \"blue\", \"owns\": [\"upper\"]}");
        red = key("\"name\": \"r\", \"team\": \"red\", \"scopes\": [\"inference\", \"adapters\"]");
        blue =
                key(
                        "\"name\": \"b\", \"team\": \"blue\", \"scopes\": [\"inference\", \"adapters\"]");
    }

    private List<String> models(String key) throws Exception {
        return ask(200, "GET", "/v1/models", key, null)
                .get("data")
                .valueStream()
                .map(model -> model.get("id").asString())
                .toList();
    }

    @Test
    void aKeySeesTheBaseModelAndItsOwnAdapters() throws Exception {
        assertThat(models(red)).containsExactly("dlora-demo", "rot13");
        assertThat(models(blue)).containsExactly("dlora-demo", "upper");
        assertThat(models(ADMIN)).contains("rot13", "upper", "leet");
        assertThat(names(red)).containsExactly("rot13");
        assertThat(names(blue)).containsExactly("upper");
    }

    @Test
    void pagesOfTheListsMakeUpTheLists() throws Exception {
        for (var name : List.of("u1", "u2", "u3")) {
            ask(
                    201,
                    "POST",
                    "/admin/users",
                    ADMIN,
                    "{\"name\": \"%s\", \"role\": \"viewer\", \"password\": \"correct horse battery\"}"
                            .formatted(name));
        }
        for (var list : List.of("keys", "teams", "users")) {
            var all = ask(200, "GET", "/admin/" + list, ADMIN, null);
            assertThat(all.get("next").isNull()).isTrue();
            assertThat(all.get(list).size()).as(list).isGreaterThan(1);
            var found = new ArrayList<String>();
            for (String after = ""; after != null; ) {
                var page = ask(200, "GET", "/admin/" + list + "?limit=1" + after, ADMIN, null);
                page.get(list).forEach(row -> found.add(row.toString()));
                var next = page.get("next");
                after = next.isNull() ? null : "&after=" + next.asString();
            }
            assertThat(found)
                    .as(list)
                    .containsExactlyElementsOf(
                            all.get(list).valueStream().map(JsonNode::toString).toList());
        }
        var refused = ask(400, "GET", "/admin/keys?after=none", ADMIN, null);
        assertThat(refused.at("/error/param").asString()).isEqualTo("after");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    teams | {"name": "%s"}
                    users | {"name": "%s", "role": "viewer", "password": "correct horse battery"}
                    """)
    void clientThatRemovesWhatItPagesThroughGetsAll(String list, String body) throws Exception {
        var path = "/admin/" + list;
        for (var name : List.of("p1", "p2", "p3")) {
            ask(201, "POST", path, ADMIN, body.formatted(name));
        }
        var after = "p0";
        for (var name : List.of("p1", "p2", "p3")) {
            var page = ask(200, "GET", path + "?limit=1&after=" + after, ADMIN, null);
            assertThat(page.at("/" + list + "/0/name").asString()).isEqualTo(name);
            assertThat(call("DELETE", path + "/" + name, ADMIN, null).statusCode())
                    .isBetween(200, 204);
            after = name;
        }
    }

    private List<String> names(String key) throws Exception {
        return ask(200, "GET", "/admin/adapters", key, null)
                .get("adapters")
                .valueStream()
                .map(adapter -> adapter.get("name").asString())
                .toList();
    }

    @Test
    void forbiddenModelsAreAsUnknownAsMissingOnes() throws Exception {
        ask(
                200,
                "PUT",
                "/admin/adapters/upper/aliases/best",
                ADMIN,
                "{\"versions\": {\"1\": 100}}");
        for (var suffix : List.of("", "@1", "@best", "@9", "@nothing")) {
            assertSame("GET", "/v1/models/%s" + suffix, null);
            assertSame("POST", "/v1/chat/completions", CHAT.replace("%s", "%s" + suffix));
            assertSame("POST", "/v1/completions", TEXT.replace("%s", "%s" + suffix));
            assertSame("POST", "/tokenize", TOKENS.replace("%s", "%s" + suffix));
        }
        assertSame("POST", "/v1/unload_lora_adapter", "{\"lora_name\": \"%s\"}");
        assertSame(
                "POST",
                "/v1/load_lora_adapter",
                "{\"lora_name\": \"%s\", \"lora_path\": \"x\", \"load_inplace\": true}");
        for (var path :
                List.of("", "/versions", "/versions/1", "/aliases", "/aliases/best", "/gate")) {
            assertSame("GET", "/admin/adapters/%s" + path, null);
        }
        assertSame("PUT", "/admin/adapters/%s", "{\"description\": \"x\"}");
        assertSame("PUT", "/admin/adapters/%s/aliases/best", "{\"versions\": {\"1\": 100}}");
        assertSame("DELETE", "/admin/adapters/%s", "{}");
        for (var action :
                List.of("pin", "unpin", "load", "evict", "versions", "rollback", "anything")) {
            assertSame("POST", "/admin/adapters/%s/" + action, "{}");
        }
        assertSame("POST", "/admin/adapters", "{\"name\": \"%s\", \"source\": \"hf:a/b\"}");
        ask(200, "POST", "/v1/chat/completions", blue, CHAT.formatted("upper@best"));
        ask(200, "POST", "/v1/chat/completions", red, CHAT.formatted("dlora-demo"));
    }

    /** The red team gets the same answer for the blue team's adapter and for none at all. */
    private void assertSame(String method, String path, @Nullable String body) throws Exception {
        var real = answer(method, path, body, "upper");
        var none = answer(method, path, body, "nonex");
        assertThat(real).as(method + " " + path).isEqualTo(none);
        assertThat(real).as(method + " " + path).startsWith("40");
    }

    private String answer(String method, String path, @Nullable String body, String name)
            throws Exception {
        var answer =
                call(
                        method,
                        path.replace("%s", name),
                        red,
                        body == null ? null : body.replace("%s", name));
        return answer.statusCode() + " " + answer.body().replace(name, "NAME");
    }

    @Test
    void anAdapterIsChangedByItsOwnersAlone() throws Exception {
        var refused = ask(403, "POST", "/admin/adapters/rot13/pin", red, "{}");
        assertThat(refused.get("error").get("code").asString())
                .isEqualTo("insufficient_permissions");
        ask(403, "PUT", "/admin/adapters/rot13", red, "{\"description\": \"mine\"}");
        ask(403, "POST", "/v1/unload_lora_adapter", red, "{\"lora_name\": \"rot13\"}");
        ask(200, "PUT", "/admin/adapters/upper", blue, "{\"description\": \"ours\"}");
        ask(403, "PUT", "/admin/adapters/upper", blue, "{\"share\": 50}");
        assertThat(
                        call(
                                        "POST",
                                        "/v1/load_lora_adapter",
                                        red,
                                        "{\"lora_name\": \"red-a\", \"lora_path\": \"upper\"}")
                                .statusCode())
                .as("the weights of others")
                .isEqualTo(403);
        for (var path :
                List.of(
                        "upper",
                        "red-a/../upper",
                        "a_b:/../upper",
                        "/upper",
                        "red-a/",
                        "red-a/.",
                        "./red-a")) {
            ask(
                    403,
                    "POST",
                    "/admin/adapters",
                    red,
                    "{\"name\": \"red-a\", \"source\": \"%s\"}".formatted(path));
        }
        var loaded =
                call(
                        "POST",
                        "/v1/load_lora_adapter",
                        ADMIN,
                        "{\"lora_name\": \"red-a\", \"lora_path\": \"upper\"}");
        assertThat(loaded.statusCode()).as(loaded.body()).isEqualTo(200);
        assertThat(models(red)).contains("red-a");
        assertThat(
                        call("POST", "/v1/unload_lora_adapter", red, "{\"lora_name\": \"red-a\"}")
                                .statusCode())
                .isEqualTo(200);
    }

    @Test
    void aCallerSeesWhatItMay() throws Exception {
        var me = ask(200, "GET", "/v1/me", red, null);
        assertThat(red).startsWith(me.get("key").asString() + "_");
        assertThat(me.get("scopes").valueStream().map(one -> one.asString()))
                .containsExactly("inference", "adapters");
        assertThat(me.get("team").get("name").asString()).isEqualTo("red");
        assertThat(me.get("team").get("owns").get(0).asString()).isEqualTo("red-*");
        var admin = ask(200, "GET", "/v1/me", ADMIN, null);
        assertThat(admin.get("scopes").valueStream().map(one -> one.asString()))
                .containsExactlyInAnyOrder("inference", "adapters", "admin", "metrics");
    }

    @Test
    void theServiceOfAStepCountsForTheTeamOfTheKey() throws Exception {
        ask(200, "PUT", "/admin/scheduling", ADMIN, "{\"policy\": \"dlora\"}");
        for (double share : new double[] {2, 0.5}) {
            ask(200, "PUT", "/admin/teams/blue", ADMIN, "{\"share\": " + share + "}");
            ask(200, "POST", "/v1/completions", blue, TEXT.formatted("upper"));
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> teamsOfSteps().contains("blue " + share));
        }
        ask(200, "PUT", "/admin/scheduling", ADMIN, "{\"policy\": \"unmerged\"}");
    }

    /** Returns the teams of the last steps, each with its share. */
    private List<String> teamsOfSteps() throws Exception {
        return ask(200, "GET", "/admin/scheduling?steps=20", ADMIN, null)
                .get("replicas")
                .valueStream()
                .flatMap(replica -> replica.get("steps").valueStream())
                .flatMap(step -> step.get("teams").valueStream())
                .map(team -> team.get("team").asString() + " " + team.get("share").asDouble())
                .toList();
    }

    @Test
    void historyUsageAndAuditSayWho() throws Exception {
        var id = ask(200, "POST", "/v1/completions", blue, TEXT.formatted("upper")).get("id");
        var key = blue.substring(0, 18);
        ask(200, "PUT", "/admin/adapters/upper", blue, "{\"tags\": [\"audited\"]}");
        await().atMost(Duration.ofMinutes(1))
                .until(() ->
                        call("GET", "/admin/requests/" + id.asString() + "-0", ADMIN, null)
                                        .statusCode()
                                == 200);
        var row = ask(200, "GET", "/admin/requests/" + id.asString() + "-0", ADMIN, null);
        assertThat(row.get("api_key").asString()).isEqualTo(key);
        assertThat(row.get("team").asString()).isEqualTo("blue");
        await().atMost(Duration.ofMinutes(1))
                .until(() ->
                        ask(200, "GET", "/admin/usage", ADMIN, null)
                                .get("usage")
                                .valueStream()
                                .anyMatch(sum -> sum.get("api_key").asString("").equals(key)));
        await().atMost(Duration.ofMinutes(1))
                .until(() ->
                        ask(200, "GET", "/admin/audit?subject=upper", ADMIN, null)
                                .get("actions")
                                .valueStream()
                                .map(action -> action.get("actor").asString())
                                .collect(Collectors.toSet())
                                .contains(key + " (team blue)"));
        var all =
                call("GET", "/admin/audit?limit=1000", ADMIN, null).body()
                        + call("GET", "/admin/keys", ADMIN, null).body()
                        + call("GET", "/admin/teams", ADMIN, null).body();
        assertThat(all).contains("key.create").doesNotContain(blue.substring(19), ADMIN);
    }
}
