package org.dlora.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.zip.ZipInputStream;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/** The console's pages of requests and of the journal, in each role, on the whole program. */
@TestInstance(Lifecycle.PER_CLASS)
class RequestsConsoleIT {
    private static final Path DEMO = TestFiles.demo();
    private static final JsonMapper JSON = new JsonMapper();
    private static final String PASSWORD = "correct horse battery";
    private static final String SECRET = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0";
    private static final String HOSTILE = "<b>ada</b> \"'ü";
    private static final Duration LONG = Duration.ofMinutes(1);

    private final Map<String, Browser> browsers = new LinkedHashMap<>();
    private RunningServer server;
    private String id = "";

    @BeforeAll
    void start(@TempDir Path home) throws Exception {
        server =
                RunningServer.start(
                        DEMO.resolve("model"),
                        DEMO.resolve("adapters"),
                        RunningServer.JAVA_ALONE,
                        "--dlora.store=auto",
                        "--dlora.history.store-text=true",
                        "--dlora.webhooks[0].url=http://127.0.0.1:1/secret-path",
                        "--dlora.webhooks[0].secret=" + SECRET,
                        "--dlora.home=" + home);
        for (var user : List.of("viewer", "operator", "admin")) {
            var order =
                    "{\"name\": \"%s\", \"role\": \"%s\", \"password\": \"%s\"}"
                            .formatted(user, user, PASSWORD);
            // The database is opened beside serving.
            await().atMost(LONG)
                    .until(() -> server.post("/admin/users", order).statusCode() == 201);
            var browser = new Browser(server.url());
            assertThat(browser.signIn(user, PASSWORD).statusCode()).isEqualTo(303);
            browsers.put(user, browser);
        }
        id = complete(HOSTILE);
    }

    @AfterAll
    void stop() {
        browsers.values().forEach(Browser::close);
        server.close();
    }

    private String complete(String user) throws IOException, InterruptedException {
        var body =
                JSON.writeValueAsString(
                        Map.of(
                                "model",
                                "rot13",
                                "prompt",
                                "<i>The quick",
                                "max_tokens",
                                8,
                                "temperature",
                                0,
                                "user",
                                user));
        var answer = server.post("/v1/completions", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        var made = JSON.readTree(answer.body()).get("id").asString() + "-0";
        await().atMost(LONG).until(() -> server.get("/admin/requests/" + made).statusCode() == 200);
        return made;
    }

    private Browser as(String role) {
        return Objects.requireNonNull(browsers.get(role));
    }

    private String page(String role, String path) throws IOException, InterruptedException {
        var answer = as(role).get(path);
        assertThat(answer.statusCode())
                .as("%s as %s: %s", path, role, answer.body())
                .isEqualTo(200);
        return answer.body();
    }

    private static String location(HttpResponse<?> answer) {
        return answer.headers().firstValue("Location").orElse("none");
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, UTF_8);
    }

    @Test
    void everyRoleReadsTheRequests() throws Exception {
        for (var role : browsers.keySet()) {
            assertThat(page(role, "/console/requests"))
                    .contains("/console/request?id=" + id, "No request is being served", "rot13")
                    .doesNotContain("style=", "onclick");
            var request = page(role, "/console/request?id=" + id);
            assertThat(request)
                    .contains("The longest part was ", ">prefill</span>", "<svg")
                    .contains("prompt tokens were computed", "&lt;i&gt;The quick")
                    .contains("&lt;b&gt;ada&lt;/b&gt; &quot;&#39;ü")
                    .doesNotContain("<i>The", "<b>ada", "style=");
        }
        assertThat(page("viewer", "/console/request?id=" + id))
                .contains("Replays need the role operator")
                .doesNotContain("action=\"/console/request/replay");
    }

    @Test
    void filtersStandInTheUrlAndLeadToCsv() throws Exception {
        var found = page("viewer", "/console/requests?adapter=rot13&status=answered&ttft=&id=");
        assertThat(found).contains("/console/request?id=" + id, "value=\"rot13\"");
        assertThat(page("viewer", "/console/requests?status=failed"))
                .contains("No ended request has all of these values")
                .doesNotContain("/console/request?id=");
        assertThat(page("viewer", "/console/requests?adapter=" + encoded(HOSTILE)))
                .contains("&lt;b&gt;ada&lt;/b&gt; &quot;&#39;ü")
                .doesNotContain("<b>ada");
        assertThat(page("viewer", "/console/requests?order=duration&min_duration_ms=0"))
                .contains("/console/request?id=" + id, "value=\"duration\" selected");
        assertThat(page("viewer", "/console/requests?min_duration_ms=9999999"))
                .contains("No ended request has all of these values");
        assertThat(page("viewer", "/console/requests"))
                .contains("<option value=\"rot13\">", "<datalist id=\"teams\"></datalist>")
                .contains("<details>")
                .doesNotContain("name=\"ttft\"", "name=\"duration\"");
        assertThat(page("viewer", "/console/requests?duration=under_1s"))
                .contains("/console/request?id=" + id, "<details open=\"open\">")
                .contains("<option value=\"under_1s\" selected=\"selected\">under 1s</option>")
                .contains("name=\"duration\"")
                .doesNotContain("name=\"ttft\"");
        var wrong = as("viewer").get("/console/requests?since=yesterday");
        assertThat(wrong.statusCode()).isEqualTo(400);
        assertThat(wrong.body())
                .contains("must be a time such as 2026-01-31T12:00, but is &#39;yesterday&#39;");
        var csv = as("viewer").get("/admin/requests?adapter=rot13&limit=10000&format=csv");
        assertThat(csv.body()).startsWith("key,id,").contains(id);
    }

    @Test
    void pagesFollowOneAnother() throws Exception {
        for (int i = 0; i < 51; i++) {
            var _ =
                    server.post(
                            "/v1/completions",
                            "{\"model\": \"upper\", \"prompt\": \"a\", \"max_tokens\": 1, \"user\": \"many\"}");
        }
        await().atMost(LONG)
                .until(() ->
                        JSON.readTree(server.get("/admin/requests?user=many").body())
                                        .get("requests")
                                        .size()
                                == 51);
        var first = page("viewer", "/console/requests?user=many");
        var older = first.substring(first.indexOf("/console/requests?user=many&amp;after="));
        var next = older.substring(0, older.indexOf('"')).replace("&amp;", "&");
        assertThat(first.split("/console/request\\?id=", -1)).hasSize(51);
        assertThat(page("viewer", next).split("/console/request\\?id=", -1)).hasSize(2);
    }

    @Test
    void aRequestThatIsNotThereIsSaidToBe() throws Exception {
        var missing = as("viewer").get("/console/request?id=" + encoded("<b>x"));
        assertThat(missing.statusCode()).isEqualTo(404);
        assertThat(missing.body())
                .contains("There is no request with this id", "&lt;b&gt;x")
                .doesNotContain("<b>x");
    }

    @Test
    void anOperatorReplaysARequestAndTheAuditHasIt() throws Exception {
        var path = "/console/request/replay?id=" + id;
        var page = "/console/request?id=" + id;
        assertThat(as("viewer").post(path, Map.of(), as("viewer").csrf("/console")).statusCode())
                .isEqualTo(403);
        var done = as("operator").submit(page, path, Map.of());
        assertThat(location(done)).isEqualTo(page);
        assertThat(page("operator", page)).contains("Replayed: all tokens are the same.");
        assertThat(page("operator", page)).doesNotContain("Replayed:");
        await().atMost(LONG)
                .until(() ->
                        server.get("/admin/audit?action=request.replay")
                                .body()
                                .contains("\"user:operator\""));
        var unknown = as("operator").submit(page, "/console/request/replay?id=none", Map.of());
        assertThat(location(unknown)).isEqualTo("/console/request?id=none");
        assertThat(as("operator").get("/console/request?id=none").body())
                .contains("No ended request has the id");
    }

    @Test
    void runningRequestsAreShownLive() throws Exception {
        assertThat(event("viewer", "requests-running")).contains("Running", "Waiting");
        assertThat(event("viewer", "request-open:" + id)).contains("It has ended");
    }

    /** Returns the first event of a panel. */
    private String event(String role, String panel) throws IOException, InterruptedException {
        try (var http = HttpClient.newHttpClient()) {
            var stream =
                    http.send(
                            as(role).script("GET", "/console/live?panel=" + panel, null, null)
                                    .build(),
                            BodyHandlers.ofLines());
            assertThat(stream.statusCode()).isEqualTo(200);
            try (var lines = stream.body()) {
                return lines.dropWhile(line -> !line.equals("event:" + panel))
                        .takeWhile(line -> !line.isEmpty())
                        .collect(Collectors.joining("\n"));
            }
        }
    }

    /** Returns the part of the journal's page below the latest changes. */
    private static String history(String journal) {
        return journal.substring(journal.indexOf("<h2>History"));
    }

    @Test
    void theJournalHasChangesForAllAndActionsForAdministrators() throws Exception {
        assertThat(server.post("/admin/adapters/upper/pin", "{}").statusCode()).isEqualTo(200);
        await().atMost(LONG)
                .until(() ->
                        server.get("/admin/audit?action=adapter.pin").body().contains("upper"));
        var evicted = server.post("/admin/adapters/title/evict", "{}");
        assertThat(evicted.statusCode()).as(evicted.body()).isEqualTo(200);
        await().atMost(LONG)
                .until(() ->
                        server.get("/admin/changes?kind=adapter_evicted").body().contains("title"));
        for (var role : browsers.keySet()) {
            assertThat(page(role, "/console/journal"))
                    .contains("Adapter title was evicted from memory")
                    .contains("/console/adapter?name=title");
        }
        assertThat(page("admin", "/console/journal?topic=actions")).contains("adapter pinned");
        assertThat(history(page("admin", "/console/journal?topic=sign_ins")))
                .contains("viewer signed in.")
                .doesNotContain("adapter pinned");
        assertThat(page("viewer", "/console/journal?topic=actions"))
                .doesNotContain("adapter pinned");
        assertThat(page("operator", "/console/journal"))
                .doesNotContain("adapter pinned", "signed in", "/console/journal/log");
        var latest = page("admin", "/console/journal?topic=adapters");
        assertThat(latest.substring(0, latest.indexOf("<h2>History"))).contains("pinned upper.");
        assertThat(history(page("admin", "/console/journal?topic=adapters&adapter=title")))
                .contains("Adapter title was evicted")
                .doesNotContain("name=upper");
        assertThat(page("viewer", "/console/journal?until=2020-01-31T03:05"))
                .as("the history before a time")
                .contains("Nothing of this kind is in the history", "value=\"2020-01-31T03:05\"");
        assertThat(page("viewer", "/console/journal?topic=adapters&until=2999-01-31T03:05"))
                .contains("Adapter title was evicted from memory");
        for (var wrong : List.of("topic=nothing", "until=yesterday", "after=x")) {
            assertThat(as("viewer").get("/console/journal?" + wrong).statusCode()).isEqualTo(400);
        }
        assertThat(event("viewer", "journal-latest"))
                .contains("Adapter title was evicted")
                .doesNotContain("pinned");
        assertThat(event("admin", "journal-latest-actions"))
                .contains("Adapter title was evicted", "pinned upper.");
        assertThat(as("operator").get("/console/live?panel=journal-latest-actions").body())
                .contains("needs the role admin")
                .doesNotContain("pinned");
    }

    @Test
    void onlyAdministratorsReadTheLogAndSetItsLevels() throws Exception {
        var logger = "org.dlora.app.RequestsConsoleIT";
        LoggerFactory.getLogger(logger).warn("A line <b>of</b> the test with {}", SECRET);
        assertThat(page("admin", "/console/journal/log?level=warn"))
                .contains("A line &lt;b&gt;of&lt;/b&gt; the test with ******")
                .doesNotContain(SECRET, "<b>of");
        assertThat(page("admin", "/console/journal/log?text=of+no+line"))
                .contains("No line of this level");
        assertThat(event("admin", "journal-log:warn")).contains("A line &lt;b&gt;");
        for (var role : List.of("viewer", "operator")) {
            assertThat(as(role).get("/console/journal/log").statusCode()).isEqualTo(403);
            assertThat(as(role).get("/console/live?panel=journal-log").body())
                    .contains("needs the role admin")
                    .doesNotContain("A line");
            var csrf = as(role).csrf("/console");
            var form = Map.of("logger", logger, "level", "debug");
            assertThat(as(role).post("/console/journal/log/level", form, csrf).statusCode())
                    .isEqualTo(403);
            assertThat(as(role).post("/console/journal/log/file", Map.of(), csrf).statusCode())
                    .isEqualTo(403);
        }
        assertThat(page("admin", "/console/journal/log"))
                .contains("All lines in memory</a> are the last <span>1", "no log file is written");
        assertThat(
                        as("admin")
                                .post(
                                        "/console/journal/log/file",
                                        Map.of(),
                                        as("admin").csrf("/console"))
                                .statusCode())
                .isEqualTo(404);
        assertThat(level(logger, "debug")).contains("has the level debug until the server ends");
        assertThat(LoggerFactory.getLogger(logger).isDebugEnabled()).isTrue();
        assertThat(page("admin", "/console/journal/log")).contains(">" + logger + "<");
        assertThat(level(logger, "inherited")).contains("has the level inherited");
        assertThat(LoggerFactory.getLogger(logger).isDebugEnabled()).isFalse();
        assertThat(level("no logger", "debug")).contains("must be the name of a package");
        assertThat(level("RequestsConsoleIT", "debug"))
                .as("the name that lines show")
                .contains("Logger " + logger + " has the level debug");
        assertThat(level(logger, "inherited")).contains("has the level inherited");
        assertThat(level("NoSuchLogger", "debug"))
                .contains("No logger is called &#39;NoSuchLogger&#39;");
        assertThat(level(logger, "loud"))
                .contains("must be one of the list, but is &#39;loud&#39;");
        await().atMost(LONG)
                .until(() ->
                        server.get("/admin/audit?action=log.level").body().contains("user:admin"));
    }

    /** Sets a level, and returns the page after it. */
    private String level(String logger, String level) throws IOException, InterruptedException {
        var path = "/console/journal/log";
        var form = Map.of("logger", logger, "level", level);
        assertThat(location(as("admin").submit(path, path + "/level", form))).isEqualTo(path);
        return page("admin", path);
    }

    @Test
    void theBundleHasNoSecretAndIsForAdministrators() throws Exception {
        var path = "/console/journal/diagnostics";
        var foreign = as("operator").post(path, Map.of(), as("operator").csrf("/console"));
        assertThat(foreign.statusCode()).isEqualTo(403);
        assertThat(as("admin").get(path).statusCode()).as("a link").isEqualTo(405);
        var token = as("admin").csrf("/console/journal");
        var files = new LinkedHashMap<String, String>();
        try (var http = HttpClient.newHttpClient();
                var zip =
                        new ZipInputStream(
                                new ByteArrayInputStream(
                                        http.send(
                                                        as("admin")
                                                                .script("POST", path, token, null)
                                                                .build(),
                                                        BodyHandlers.ofByteArray())
                                                .body()))) {
            for (var entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                files.put(entry.getName(), new String(zip.readAllBytes(), UTF_8));
            }
        }
        assertThat(files.keySet())
                .containsExactly(
                        "version.txt",
                        "settings.txt",
                        "replicas.txt",
                        "decisions.txt",
                        "threads.txt",
                        "metrics.txt",
                        "log.txt");
        assertThat(files.get("version.txt")).contains("dLoRA ", "Java: 25");
        assertThat(files.get("settings.txt"))
                .contains("dlora.history.store-text = true", "dlora.max-batch = 64")
                .contains("dlora.webhooks[0].secret = ******");
        assertThat(files.get("decisions.txt")).contains("Steps, the newest first", "rows: ");
        assertThat(files.get("threads.txt")).contains("replica-", "    at ");
        assertThat(files.get("metrics.txt")).contains("jvm.memory.used{");
        assertThat(String.join("\n", files.values()))
                .doesNotContain(SECRET, "secret-path", PASSWORD, "<i>The quick");
        await().atMost(LONG)
                .until(() ->
                        server.get("/admin/audit?action=diagnostics.download")
                                .body()
                                .contains("user:admin"));
    }
}
