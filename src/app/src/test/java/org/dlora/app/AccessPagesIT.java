package org.dlora.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.dlora.testing.TestFiles;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Pages of access, settings and capacity of the whole program, in each role. */
@TestInstance(Lifecycle.PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
class AccessPagesIT {
    private static final Path DEMO = TestFiles.demo();
    private static final JsonMapper JSON = new JsonMapper();
    private static final String PASSWORD = "correct horse battery";
    private static final String ADMIN_KEY = "admin-key-of-the-tests-0123456789";
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Pattern SECRET =
            Pattern.compile("id=\"secret\">(dlora_[0-9a-f]{12}_[0-9a-f]{48})<");

    private static final String NAME = "<b>\"K\u00f6ln\" & more</b>";
    private static final String ESCAPED = "&lt;b&gt;&quot;K\u00f6ln&quot; &amp; more&lt;/b&gt;";

    private final HttpClient http = HttpClient.newHttpClient();
    private RunningServer server;
    private Browser ann;
    private Browser olga;
    private Browser vic;

    @BeforeAll
    void start(@TempDir Path home) throws Exception {
        server =
                RunningServer.start(
                        DEMO.resolve("model"),
                        DEMO.resolve("adapters"),
                        RunningServer.JAVA_ALONE,
                        "--dlora.store=auto",
                        "--dlora.home=" + home,
                        "--dlora.security.admin-key=" + ADMIN_KEY,
                        "--dlora.slo.tpot=1h",
                        "--dlora.max-queue=777");
        ann = user("ann", "admin");
        olga = user("olga", "operator");
        vic = user("vic", "viewer");
    }

    @AfterAll
    void stop() {
        ann.close();
        olga.close();
        vic.close();
        http.close();
        server.close();
    }

    private Browser user(String name, String role) throws IOException, InterruptedException {
        var body =
                "{\"name\": \"%s\", \"role\": \"%s\", \"password\": \"%s\"}"
                        .formatted(name, role, PASSWORD);
        // The database is opened once the server is ready.
        await().atMost(LONG)
                .until(() -> call("POST", "/admin/users", ADMIN_KEY, body).statusCode() == 201);
        var browser = new Browser(server.url());
        var answer = browser.signIn(name, PASSWORD);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(303);
        return browser;
    }

    private HttpResponse<String> call(String method, String path, String key, @Nullable String body)
            throws IOException, InterruptedException {
        var request =
                HttpRequest.newBuilder(URI.create(server.url() + path))
                        .timeout(Duration.ofMinutes(2))
                        .header("Authorization", "Bearer " + key);
        return http.send(
                (body == null
                                ? request.method(method, BodyPublishers.noBody())
                                : request.header("Content-Type", "application/json")
                                        .method(method, BodyPublishers.ofString(body)))
                        .build(),
                BodyHandlers.ofString());
    }

    private JsonNode read(String path) throws IOException, InterruptedException {
        return JSON.readTree(call("GET", path, ADMIN_KEY, null).body());
    }

    private static String page(Browser browser, String path)
            throws IOException, InterruptedException {
        var answer = browser.get(path);
        assertThat(answer.statusCode()).as(path + ": " + answer.body()).isEqualTo(200);
        assertThat(answer.body()).contains("<h1").doesNotContain("<b>\"");
        return answer.body();
    }

    /** Sends a form, and returns the page to which it leads. */
    private static String submit(
            Browser browser, String page, String path, Map<String, String> fields)
            throws IOException, InterruptedException {
        var answer = browser.submit(page, path, fields);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(303);
        return page(browser, location(answer));
    }

    private static String location(HttpResponse<?> answer) {
        return answer.headers().firstValue("Location").orElse("none");
    }

    private static String notice(String words) {
        return "<p class=\"notice\" role=\"status\">" + words + "</p>";
    }

    private static String problem(String words) {
        return "<p class=\"problem\" role=\"alert\">" + words + "</p>";
    }

    private void assertAudited(String action, String subject, String... parts) {
        await().atMost(LONG)
                .untilAsserted(() -> {
                    var found =
                            read("/admin/audit?action="
                                            + action
                                            + "&subject="
                                            + URLEncoder.encode(subject, UTF_8))
                                    .get("actions");
                    assertThat(found.size()).as(action + " of " + subject).isPositive();
                    assertThat(found.get(0).get("actor").asString()).isEqualTo("user:ann");
                    for (var part : parts) {
                        assertThat(found.get(0).toString()).contains(part);
                    }
                });
    }

    private String secret(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        var found = SECRET.matcher(answer.body());
        assertThat(found.find()).as(answer.body()).isTrue();
        return found.group(1);
    }

    private static String id(String secret) {
        return secret.substring(0, 18);
    }

    private static Map<String, String> with(Map<String, String> fields, String... more) {
        var all = new HashMap<>(fields);
        for (int i = 0; i < more.length; i += 2) {
            all.put(more[i], more[i + 1]);
        }
        return all;
    }

    private static final Map<String, String> KEY =
            Map.of(
                    "name", NAME,
                    "team", "",
                    "scopes", "inference",
                    "adapters", "*",
                    "expires", "",
                    "period", "month",
                    "alert", "80");

    @Test
    @Order(1)
    void pagesOfAccessAreForAdministratorsAlone() throws Exception {
        for (var path :
                List.of(
                        "/console/access",
                        "/console/access/new-key",
                        "/console/access/teams",
                        "/console/access/new-team",
                        "/console/access/users",
                        "/console/access/new-user",
                        "/console/access/user?name=ann",
                        "/console/access/audit",
                        "/console/access/usage")) {
            for (var other : List.of(vic, olga)) {
                var refused = other.get(path);
                assertThat(refused.statusCode()).as(path).isEqualTo(403);
                assertThat(refused.body()).contains("but this call needs admin");
            }
            page(ann, path);
        }
        assertThat(page(ann, "/console")).contains("href=\"/console/access\"");
        assertThat(page(vic, "/console")).doesNotContain("href=\"/console/access\"");
        assertThat(olga.submit("/console", "/console/access/new-key", KEY).statusCode())
                .isEqualTo(403);
    }

    @Test
    @Order(2)
    void aTeamIsMadeAndChanged() throws Exception {
        assertThat(page(ann, "/console/access/new-team"))
                .as("adapters of a team that is made without a word on them")
                .contains("spellcheck=\"false\">*</textarea>");
        var wrong = Map.of("name", "red", "description", NAME, "share", "much", "period", "day");
        var refused = ann.submit("/console/access/new-team", "/console/access/new-team", wrong);
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body())
                .contains("must be a number from 0.01 to 100.0, but is &#39;much&#39;", ESCAPED);
        var team =
                with(
                        wrong,
                        "share",
                        "2.5",
                        "adapters",
                        "rot13\nup*\n",
                        "owns",
                        "red-*",
                        "budget",
                        "50 000",
                        "alert",
                        "90",
                        "concurrent",
                        "7");
        assertThat(submit(ann, "/console/access/new-team", "/console/access/new-team", team))
                .contains(notice("The team is made."), ESCAPED);
        var made = read("/admin/teams/red");
        assertThat(made.get("share").asDouble()).isEqualTo(2.5);
        assertThat(made.get("adapters").toString()).isEqualTo("[\"rot13\",\"up*\"]");
        assertThat(made.get("limits").toString())
                .contains(
                        "\"concurrent_requests\":7",
                        "\"token_budget\":50000",
                        "\"budget_alert\":0.9");
        assertAudited("team.create", "red", "2.5");

        assertThat(ann.submit("/console/access/new-team", "/console/access/new-team", team).body())
                .contains("There is a team &#39;red&#39; already");
        var changed = with(team, "share", "3", "concurrent", "");
        assertThat(submit(ann, "/console/access/team?name=red", "/console/access/team", changed))
                .contains(notice("The team is changed."));
        assertThat(read("/admin/teams/red").get("share").asDouble()).isEqualTo(3);
        assertThat(read("/admin/teams/red").get("limits").get("concurrent_requests").isNull())
                .isTrue();
        assertAudited("team.update", "red", "\"share\":2.5", "\"share\":3.0");
        assertThat(page(ann, "/console/access/teams"))
                .contains(ESCAPED, "0 of 50\u202f000 a day", "rot13, up*");
        assertThat(
                        submit(
                                ann,
                                "/console/access/team?name=red",
                                "/console/access/team",
                                with(changed, "share", "1000")))
                .contains("class=\"problem\"", "expected a number from 0.01 to 100.0");
    }

    private String key = "";

    @Test
    @Order(3)
    void aKeyIsShownOnceAndWorks() throws Exception {
        var wrong = with(KEY, "requests", "many");
        var refused = ann.submit("/console/access/new-key", "/console/access/new-key", wrong);
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).contains("must be a whole number", ESCAPED, "value=\"many\"");
        var form =
                with(
                        KEY,
                        "team",
                        "red",
                        "adapters",
                        "rot13\nup*",
                        "expires",
                        "30d",
                        "requests",
                        "1000",
                        "budget",
                        "10000");
        var answer = ann.submit("/console/access/new-key", "/console/access/new-key", form);
        key = secret(answer);
        assertThat(answer.headers().firstValue("Cache-Control").orElse("")).contains("no-store");
        assertThat(answer.body()).contains(ESCAPED);
        assertThat(page(ann, "/console/access") + page(ann, "/console/access/key?id=" + id(key)))
                .doesNotContain(key)
                .contains(id(key), ESCAPED, "rot13, up*", "0 of 10\u202f000 a month");
        assertAudited("key.create", id(key), "red", "1000");

        var completion =
                call(
                        "POST",
                        "/v1/completions",
                        key,
                        "{\"model\": \"rot13\", \"prompt\": \"hello\", \"max_tokens\": 4}");
        assertThat(completion.statusCode()).as(completion.body()).isEqualTo(200);
        assertThat(
                        call(
                                        "POST",
                                        "/v1/completions",
                                        key,
                                        "{\"model\": \"leet\", \"prompt\": \"hello\"}")
                                .statusCode())
                .isEqualTo(404);
        await().atMost(LONG)
                .untilAsserted(() ->
                        assertThat(page(ann, "/console/access/key?id=" + id(key)))
                                .contains("<dt>Requests today</dt><dd>1</dd>"));
        assertThat(page(ann, "/console/access/team?name=red"))
                .contains("/console/access/key?id=" + id(key), "used most this month stand first")
                .contains("/console/access/new-key?team=red");
        assertThat(page(ann, "/console/access/new-key?team=red"))
                .contains("<option value=\"red\" selected=\"selected\">red</option>");
    }

    @Test
    @Order(4)
    void keysAreFoundChangedAndExtended() throws Exception {
        assertThat(page(ann, "/console/access?q=k%C3%B6ln&team=red")).contains(id(key));
        assertThat(page(ann, "/console/access?q=nowhere"))
                .contains("No key matches")
                .doesNotContain(id(key));
        assertThat(page(ann, "/console/access?state=ended")).doesNotContain(id(key));

        var path = "/console/access/key?id=" + id(key);
        var form =
                with(
                        KEY,
                        "id",
                        id(key),
                        "team",
                        "red",
                        "adapters",
                        "leet",
                        "expires",
                        "2h",
                        "tokens",
                        "5000");
        assertThat(submit(ann, path, "/console/access/key", form))
                .contains(notice("The key is changed."), "5000");
        var changed = read("/admin/keys/" + id(key));
        assertThat(changed.get("adapters").toString()).isEqualTo("[\"leet\"]");
        assertThat(changed.get("limits").toString())
                .contains("\"tokens_per_minute\":5000", "\"token_budget\":null");
        var end = Instant.parse(changed.get("expires").asString());
        assertAudited("key.update", id(key), "5000", "leet");

        assertThat(submit(ann, path, "/console/access/extend", Map.of("id", id(key), "by", "1d")))
                .contains("The key ends at");
        assertThat(Instant.parse(read("/admin/keys/" + id(key)).get("expires").asString()))
                .isCloseTo(end.plus(Duration.ofDays(1)), within(1, ChronoUnit.SECONDS));
        assertThat(submit(ann, path, "/console/access/extend", Map.of("id", id(key), "by", "soon")))
                .contains("must be a duration such as 30d or 12h");
        assertThat(
                        submit(
                                ann,
                                path,
                                "/console/access/key",
                                with(form, "expires", "2000-01-01T00:00:00Z")))
                .contains("class=\"problem\"", "is not in the future");
        assertThat(submit(ann, path, "/console/access/key", with(form, "scopes", "all")))
                .contains("&#39;all&#39; is no scope");
        assertThat(ann.get("/console/access/key?id=nobody").statusCode()).isEqualTo(404);
    }

    private String rotated = "";

    @Test
    @Order(5)
    void aKeyIsRotatedWithOverlap() throws Exception {
        var path = "/console/access/key?id=" + id(key);
        var wrong =
                ann.submit(path, "/console/access/rotate", Map.of("id", id(key), "overlap", "x"));
        assertThat(wrong.statusCode()).isEqualTo(400);
        assertThat(wrong.body()).contains("must be a duration such as 30d");
        rotated =
                secret(
                        ann.submit(
                                path,
                                "/console/access/rotate",
                                Map.of("id", id(key), "overlap", "1h", "expires", "")));
        assertThat(rotated).isNotEqualTo(key);
        for (var one : List.of(key, rotated)) {
            assertThat(call("GET", "/v1/models", one, null).statusCode()).isEqualTo(200);
        }
        assertThat(Instant.parse(read("/admin/keys/" + id(key)).get("expires").asString()))
                .isBefore(Instant.now().plus(Duration.ofMinutes(61)));
        assertAudited("key.rotate", id(rotated));
    }

    @Test
    @Order(6)
    void revocationSaysWhatEndsAndEndsIt() throws Exception {
        var path = "/console/access/revoke?id=" + id(key) + "&id=" + id(rotated);
        assertThat(page(ann, path))
                .contains("2 keys end for good", "0 requests that run or wait", ESCAPED);
        assertThat(page(ann, "/console/access/revoke")).contains("No key in force was chosen");
        assertThat(call("GET", "/v1/models", key, null).statusCode()).isEqualTo(200);

        assertThat(
                        submit(
                                ann,
                                "/console/access/delete-team?name=red",
                                "/console/access/delete-team",
                                Map.of("name", "red")))
                .contains("class=\"problem\"", "has 2 keys in force; revoke them first");
        var answer =
                ann.postForm(
                        "/console/access/revoke",
                        "id=%s&id=%s&_csrf=%s"
                                .formatted(
                                        id(key),
                                        id(rotated),
                                        URLEncoder.encode(ann.csrf("/console"), UTF_8)));
        assertThat(page(ann, location(answer)))
                .contains(notice("Revoked: %s, %s.".formatted(ESCAPED, ESCAPED)));
        for (var one : List.of(key, rotated)) {
            assertThat(call("GET", "/v1/models", one, null).statusCode()).isEqualTo(401);
        }
        assertAudited("key.revoke", id(key));
        assertThat(page(ann, "/console/access/key?id=" + id(key)))
                .contains("revoked", "The key has ended and stays so");
        assertThat(page(ann, "/console/access?state=all&team=red")).contains(id(key), id(rotated));

        assertThat(page(ann, "/console/access/delete-team?name=red"))
                .contains("Its keys have all ended");
        assertThat(
                        submit(
                                ann,
                                "/console/access/delete-team?name=red",
                                "/console/access/delete-team",
                                Map.of("name", "red")))
                .contains(notice("The team red is removed."), "There is no team");
        assertAudited("team.delete", "red");
    }

    @Test
    @Order(7)
    void usersAreMadeChangedAndRemoved() throws Exception {
        var form =
                Map.of("name", "Tim", "role", "viewer", "password", PASSWORD, "repeated", PASSWORD);
        var made = "/console/access/new-user";
        assertThat(submit(ann, made, made, with(form, "repeated", "another")))
                .contains(problem("The two passwords differ."));
        assertThat(submit(ann, made, made, with(form, "role", "root")))
                .contains("&#39;root&#39; is no role");
        assertThat(submit(ann, made, made, with(form, "name", "<b>")))
                .contains("The name must begin with a letter or digit");
        assertThat(submit(ann, made, made, form))
                .contains(
                        "The user tim is made. Tell them the password, and the address /console/login")
                .as("nothing to unlock")
                .doesNotContain("user-unlock");
        assertAudited("user.create", "tim", "viewer");
        assertThat(page(ann, "/console/access/users")).contains("tim", "olga", "vic");

        var path = "/console/access/user?name=tim";
        try (var tim = new Browser(server.url())) {
            assertThat(tim.signIn("tim", PASSWORD).statusCode()).isEqualTo(303);
            assertThat(
                            submit(
                                    ann,
                                    path,
                                    "/console/access/user-role",
                                    Map.of("name", "tim", "role", "operator")))
                    .contains(notice("tim is operator now."));
            assertThat(location(tim.get("/console"))).isEqualTo("/console/login");
            assertAudited("user.update", "tim", "operator");

            for (int i = 0; i < 5; i++) {
                assertThat(tim.signIn("tim", "guess number " + i).statusCode()).isEqualTo(401);
            }
            assertThat(tim.signIn("tim", PASSWORD).statusCode()).isEqualTo(429);
            assertThat(page(ann, path)).contains("<dt>Wrong passwords since then</dt><dd>5</dd>");
            assertThat(submit(ann, path, "/console/access/user-unlock", Map.of("name", "tim")))
                    .contains(notice("tim has all tries again."));
            assertThat(tim.signIn("tim", PASSWORD).statusCode()).isEqualTo(303);
            assertAudited("user.unlock", "tim");

            var other = "another long password";
            assertThat(
                            submit(
                                    ann,
                                    path,
                                    "/console/access/user-password",
                                    Map.of("name", "tim", "password", other, "repeated", other)))
                    .contains(notice("tim has a new password."))
                    .doesNotContain(other);
            assertThat(tim.signIn("tim", PASSWORD).statusCode()).isEqualTo(401);
            assertThat(tim.signIn("tim", other).statusCode()).isEqualTo(303);

            assertThat(
                            submit(
                                    ann,
                                    path,
                                    "/console/access/user-disabled",
                                    Map.of("name", "tim", "disabled", "true")))
                    .contains(notice("tim is disabled."));
            assertThat(tim.signIn("tim", other).statusCode()).isEqualTo(401);
            assertThat(
                            submit(
                                    ann,
                                    path,
                                    "/console/access/user-disabled",
                                    Map.of("name", "tim", "disabled", "false")))
                    .contains(notice("tim can sign in again."));
            assertThat(tim.signIn("tim", other).statusCode()).isEqualTo(303);
        }
        assertThat(page(ann, "/console/access/delete-user?name=tim"))
                .contains("Remove the user tim", "The audit keeps what the user did");
        assertThat(
                        submit(
                                ann,
                                "/console/access/delete-user?name=tim",
                                "/console/access/delete-user",
                                Map.of("name", "tim")))
                .contains(notice("The user tim is removed."));
        assertAudited("user.delete", "tim");
        assertThat(ann.get(path).statusCode()).isEqualTo(404);
        assertThat(page(ann, "/console/access/delete-user?name=ann"))
                .contains("This is you: this session ends too.");
        assertThat(
                        submit(
                                ann,
                                "/console/access/delete-user?name=ann",
                                "/console/access/delete-user",
                                Map.of("name", "ann")))
                .contains("is the last administrator who can sign in");
    }

    @Test
    @Order(8)
    void theAuditCanBeFilteredAndTaken() throws Exception {
        var all = page(ann, "/console/access/audit");
        assertThat(all).contains(">team deleted</a>", "user:ann", ">user unlocked</a>", ESCAPED);
        assertThat(all).contains("<del>2.5</del>", "3");
        var teams = page(ann, "/console/access/audit?action=team.update&subject=red");
        assertThat(teams).contains("<del>2.5</del>").doesNotContain(">user unlocked</a>");
        assertThat(page(ann, "/console/access/audit?actor=nobody")).contains("No action matches");
        assertThat(page(ann, "/console/access/audit?to=2001-01-31")).contains("No action matches");
        assertThat(ann.get("/console/access/audit?from=monday").statusCode()).isEqualTo(400);
        var csv =
                ann.get(
                        link(
                                page(ann, "/console/access/audit?subject=red&action=team.update"),
                                "/admin/audit"));
        assertThat(csv.headers().firstValue("Content-Type").orElse("")).startsWith("text/csv");
        assertThat(csv.body()).contains("team.update").doesNotContain("team.delete");
    }

    /** Returns the address of the first link to a path. */
    private static String link(String page, String path) {
        var found = Pattern.compile("href=\"(" + Pattern.quote(path) + "[^\"]*)\"").matcher(page);
        assertThat(found.find()).as(page).isTrue();
        return found.group(1).replace("&amp;", "&");
    }

    @Test
    @Order(9)
    void usageIsSummedByTeamKeyAndAdapter() throws Exception {
        await().atMost(LONG)
                .untilAsserted(() ->
                        assertThat(page(ann, "/console/access/usage?by=team&span=24h"))
                                .contains("<td>red</td>", "1 request, ", "Tokens per hour")
                                .contains("Failed or not taken", "dlora_limit_refusals_total"));
        assertThat(page(ann, "/console/access/usage?by=key&span=30d"))
                .contains(ESCAPED, id(key), "Tokens per day");
        assertThat(page(ann, "/console/access/usage?by=key&span=7d&per=hour"))
                .contains("Tokens per hour");
        assertThat(page(ann, "/console/access/usage?by=key&span=90d&per=hour"))
                .contains("Tokens per day");
        var page = page(ann, "/console/access/usage?by=adapter");
        assertThat(page).contains("<td>rot13</td>", "data-chart=\"usage-course\"", "As a table");
        assertThat(ann.get(link(page, "/admin/usage")).body()).contains("rot13");
        var teams = page(ann, "/console/access/usage?by=team&span=24h");
        assertThat(page(ann, link(teams, "/console/requests?team=red&amp;since=")))
                .contains("/console/request?id=", "value=\"red\"");
        var its = page(ann, link(teams, "/console/access/usage?by=key"));
        assertThat(its)
                .contains("by key, of the team red", "value=\"red\" selected")
                .contains("/console/requests?api_key=" + id(key));
        assertThat(page(ann, "/console/access/usage?by=key&team=nobody&span=24h"))
                .contains("No request has ended in this time");
        assertThat(page(ann, "/console/access/usage?by=nothing&span=nothing&per=nothing"))
                .contains("<td>red</td>");
    }

    @Test
    @Order(10)
    void settingsHaveTheirOriginsAndNoSecrets() throws Exception {
        for (var one : List.of(vic, olga)) {
            assertThat(page(one, "/console/settings"))
                    .contains("The role admin may change it here")
                    .doesNotContain("action=\"/console/settings/slo\"");
        }
        var all = page(ann, "/console/settings");
        assertThat(all)
                .contains(
                        "action=\"/console/settings/slo\"",
                        "href=\"/console#policy\"",
                        "dlora.max-batch-tokens",
                        "dlora.security.admin-key",
                        "(set, not shown)",
                        "Requests that may wait, over all replicas")
                .doesNotContain(ADMIN_KEY);
        assertThat(page(ann, "/console/settings?q=max-queue"))
                .containsPattern(
                        "(?s)dlora\\.max-queue.*<code>777</code>.*1024.*command line.*restart")
                .doesNotContain("dlora.max-batch-tokens");
        assertThat(page(ann, "/console/settings?only=given"))
                .contains("dlora.max-queue", "dlora.home")
                .doesNotContain("dlora.max-batch-tokens");
        assertThat(page(ann, "/console/settings?q=%3Cb%3E")).contains("No setting matches");
        for (var other : List.of(vic, olga)) {
            assertThat(
                            other.submit(
                                            "/console",
                                            "/console/settings/slo",
                                            Map.of("ttft", "1s", "tpot", "0"))
                                    .statusCode())
                    .isEqualTo(403);
        }
    }

    @Test
    @Order(11)
    void theSchedulingIsChangedByForms() throws Exception {
        var settings = "/console/settings";
        var _ = ann.submit("/console", "/console/policy", Map.of("policy", "dlora"));
        assertThat(page(ann, settings)).contains("now <code>dlora</code>");
        assertAudited("scheduling.update", "all replicas", "unmerged", "dlora");
        assertThat(
                        submit(
                                ann,
                                settings,
                                "/console/settings/slo",
                                Map.of("ttft", "500ms", "tpot", "0")))
                .contains(notice("The promised times are changed."), "now <code>500ms</code>");
        assertThat(
                        submit(
                                ann,
                                settings,
                                "/console/settings/slo",
                                Map.of("ttft", "-1", "tpot", "0")))
                .contains("class=\"problem\"");
        assertThat(
                        submit(
                                ann,
                                settings,
                                "/console/settings/shares",
                                Map.of("model", "rot13", "weight", "3")))
                .contains(notice("The share is changed."), "<dt>rot13</dt><dd>3.0</dd>");
        assertThat(
                        submit(
                                ann,
                                settings,
                                "/console/settings/shares",
                                Map.of("model", "nobody", "weight", "3")))
                .contains("which is not served");
        assertThat(
                        submit(
                                ann,
                                settings,
                                "/console/settings/merge",
                                Map.of("share", "0.5", "keep", "45s")))
                .contains(notice("The merging is changed."), "now <code>45s</code>");
        assertAudited("scheduling.update", "all replicas", "\"keep\":45.0");
        assertThat(
                        submit(
                                ann,
                                settings,
                                "/console/settings/merge",
                                Map.of("share", "2", "keep", "45s")))
                .contains("class=\"problem\"", "between 0 and 1");
        var report = server.administration().scheduling().scheduling(0).getFirst();
        assertThat(report.policy()).isEqualTo("dlora");
        assertThat(report.slo().ttft()).isEqualTo(0.5);
        assertThat(report.weights().of("rot13")).isEqualTo(3);
        assertThat(server.administration().scheduling().merging().orElseThrow().share())
                .isEqualTo(0.5);
    }

    @Test
    @Order(12)
    void capacityShowsResidentAdaptersAndTheNextVictims() throws Exception {
        var residency = server.administration().residency();
        residency.load("rot13").get();
        residency.load("upper").get();
        residency.pin("upper", true);
        for (var one : List.of(vic, olga, ann)) {
            assertThat(page(one, "/console/capacity"))
                    .contains(
                            "Memory host",
                            "<dt>Adapters registered</dt><dd>8, ",
                            "sse-connect=\"/console/live?panel=capacity\"",
                            "What leaves next",
                            "/console/adapter?name=rot13")
                    .doesNotContain("/console/adapter?name=upper");
        }
        var order = residency.outlooks().getFirst();
        assertThat(order.hits() + order.misses()).isPositive();
    }
}
