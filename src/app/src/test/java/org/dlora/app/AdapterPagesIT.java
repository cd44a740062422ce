package org.dlora.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.dlora.testing.TestFiles;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The console's pages of the adapters, on the whole program with the demo's adapters. */
@TestInstance(Lifecycle.PER_CLASS)
class AdapterPagesIT {
    private static final Path DEMO = TestFiles.demo();
    private static final JsonMapper JSON = new JsonMapper();
    private static final String PASSWORD = "correct horse battery";
    private static final String ODD = "a <b>bold & \"q\" ü";
    private static final String ODD_ESCAPED = "a &lt;b&gt;bold &amp; &quot;q&quot; ü";
    private static final Duration LONG = Duration.ofMinutes(1);

    private RunningServer server;
    private final List<Browser> browsers = new ArrayList<>();
    private Browser olga;
    private Browser vic;

    private Path roots;

    @BeforeAll
    void start(@TempDir Path home, @TempDir Path folder) throws Exception {
        roots = folder;
        for (var name : new String[] {"upper", "rot13", "leet", "title"}) {
            copy(name, roots.resolve(name));
        }
        copy("spell", roots.resolve(ODD));
        server =
                RunningServer.start(
                        DEMO.resolve("model"),
                        roots,
                        RunningServer.JAVA_ALONE,
                        "--dlora.store=auto",
                        "--dlora.home=" + home);
        olga = signedIn("olga", "operator");
        vic = signedIn("vic", "viewer");
    }

    private static void copy(String adapter, Path to) throws IOException {
        Files.createDirectory(to);
        for (var file : new String[] {AdapterFiles.CONFIG, AdapterFiles.TENSORS}) {
            Files.copy(DEMO.resolve("adapters").resolve(adapter).resolve(file), to.resolve(file));
        }
    }

    @AfterAll
    void stop() {
        for (var browser : browsers) {
            browser.close();
        }
        server.close();
    }

    private Browser signedIn(String name, String role) throws IOException, InterruptedException {
        var user =
                "{\"name\": \"%s\", \"role\": \"%s\", \"password\": \"%s\"}"
                        .formatted(name, role, PASSWORD);
        // The database is opened beside the start.
        await().atMost(LONG).until(() -> server.post("/admin/users", user).statusCode() == 201);
        var browser = new Browser(server.url());
        browsers.add(browser);
        assertThat(browser.signIn(name, PASSWORD).statusCode()).isEqualTo(303);
        return browser;
    }

    private static String page(String name) {
        return "/console/adapter?name=" + URLEncoder.encode(name, UTF_8);
    }

    private static String form(String path, String name) {
        return "/console/adapter/" + path + "?name=" + URLEncoder.encode(name, UTF_8);
    }

    private static String body(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }

    /**
     * Sends a form on an adapter's page; returns the page that follows, which says what was done.
     */
    private String submit(String path, String name, Map<String, String> fields)
            throws IOException, InterruptedException {
        return followed(olga.submit(page(name), form(path, name), fields));
    }

    private String followed(HttpResponse<String> answer) throws IOException, InterruptedException {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(303);
        return body(olga.get(answer.headers().firstValue("Location").orElseThrow()));
    }

    private JsonNode read(String path) throws IOException, InterruptedException {
        return JSON.readTree(server.get(path).body());
    }

    private JsonNode adapter(String name) throws IOException, InterruptedException {
        return read("/admin/adapters/" + name);
    }

    private void assertAudited(String action, String subject) {
        await().atMost(LONG)
                .untilAsserted(() ->
                        assertThat(
                                        read("/admin/audit?action=%s&subject=%s"
                                                        .formatted(action, subject))
                                                .get("actions")
                                                .valueStream()
                                                .map(one -> one.get("actor").asString()))
                                .contains("user:olga"));
    }

    private static String notice(String page) {
        return part(page, "class=\"notice\" role=\"status\">([^<]*)<");
    }

    private static String problem(String page) {
        return part(page, "class=\"problem\" role=\"alert\">([^<]*)<");
    }

    private static String part(String page, String pattern) {
        var found = Pattern.compile(pattern).matcher(page);
        assertThat(found.find()).as(page).isTrue();
        return found.group(1);
    }

    @Test
    void listShowsAllFilteredAndSortedAndEscapesNames() throws Exception {
        var all = body(vic.get("/console/adapters"));
        assertThat(all)
                .contains(">upper</a>", ">rot13</a>", ">" + ODD_ESCAPED + "</a>")
                .contains("Operators add, pin, evict and delete adapters.")
                .contains("sse-connect=\"/console/live?panel=adapters-now\"")
                .doesNotContain("<b>bold", "style=", "type=\"checkbox\"");
        assertThat(body(olga.get("/console/adapters")))
                .contains("type=\"checkbox\"", "name=\"_csrf\"");
        assertThat(body(vic.get("/console/adapters?q=ROT")))
                .contains(">rot13</a>")
                .containsPattern("1 of \\d adapters")
                .doesNotContain(">upper</a>");
        assertThat(body(vic.get("/console/adapters?q=nothing-like-it")))
                .contains("No adapter is as the filter says");
        var sorted = body(vic.get("/console/adapters?sort=-name"));
        assertThat(sorted).contains("aria-sort=\"descending\"");
        assertThat(sorted.indexOf(">upper</a>")).isLessThan(sorted.indexOf(">rot13</a>"));
        assertThat(body(vic.get("/console/adapters?sort=%3Cb%3E&page=x&tag=%22")))
                .doesNotContain("<b>");
    }

    @Test
    void listSaysWhenItWasReadAndLeadsToANewerOne() throws Exception {
        assertThat(body(vic.get("/console/adapters?q=rot")))
                .containsPattern("As of <time datetime=\"\\d{4}-[^\"]+\"")
                .containsPattern("href=\"/console/adapters\\?[^\"]*q=rot[^\"]*#all\"");
    }

    @Test
    void pageOfAnOddNameIsEscapedAndReadableForAViewer() throws Exception {
        var shown = body(vic.get(page(ODD)));
        assertThat(shown)
                .contains("<h1>" + ODD_ESCAPED + "</h1>")
                .contains("Placement", "Versions", "Validation report", "Gate", "Usage")
                .contains("Operators change adapters.")
                .doesNotContain("<b>bold", "style=", "action=\"/console/adapter/");
        var missing = vic.get(page("no <b>such"));
        assertThat(missing.statusCode()).isEqualTo(404);
        assertThat(missing.body()).contains("No adapter is served as").doesNotContain("<b>such");
        for (var path : new String[] {"details", "residency", "version/add", "alias", "gate"}) {
            var refused = vic.post(form(path, "upper"), Map.of(), vic.csrf("/console"));
            assertThat(refused.statusCode()).as(path).isEqualTo(403);
            assertThat(refused.body()).contains("needs operator");
        }
    }

    @Test
    void checkedAdaptersArePinnedAndUnpinnedAfterAConfirmation() throws Exception {
        var confirm =
                olga.submit(
                        "/console/adapters",
                        "/console/adapters/confirm",
                        Map.of("name", "leet", "action", "pin"));
        assertThat(body(confirm)).contains("Pin leet?", "never evicted", "No request runs with");
        assertThat(adapter("leet").get("pinned").booleanValue()).isFalse();
        var done = act("leet", "pin");
        assertThat(notice(done)).isEqualTo("Pinned: leet.");
        assertThat(adapter("leet").get("pinned").booleanValue()).isTrue();
        assertAudited("adapter.pin", "leet");
        assertThat(problem(act("leet", "evict"))).contains("leet: ", "is pinned; unpin it first");
        var partly =
                followed(
                        olga.postForm(
                                "/console/adapters/actions",
                                "name=leet&name=nobody&action=pin&_csrf="
                                        + URLEncoder.encode(olga.csrf("/console"), UTF_8)));
        assertThat(notice(partly)).isEqualTo("Pinned: leet.");
        assertThat(part(partly, "class=\"warning\" role=\"alert\">([^<]*)<"))
                .startsWith("Not done: nobody: ");
        assertThat(notice(act("leet", "unpin"))).isEqualTo("Unpinned: leet.");
        assertThat(problem(act("leet", "explode"))).contains("is not done to adapters");
        assertThat(
                        problem(
                                followed(
                                        olga.submit(
                                                "/console/adapters",
                                                "/console/adapters/confirm",
                                                Map.of("action", "pin")))))
                .contains("No adapter is chosen");
        assertThat(notice(submit("residency", "leet", Map.of("action", "load"))))
                .contains("loaded");
        assertThat(adapter("leet").get("state").asString()).isIn("resident", "loading");
        assertThat(
                        notice(
                                submit(
                                        "copy",
                                        "leet",
                                        Map.of(
                                                "to",
                                                read("/admin/replicas")
                                                        .get("replicas")
                                                        .get(0)
                                                        .get("id")
                                                        .asString()))))
                .contains("The adapter is");
        assertThat(problem(submit("copy", "leet", Map.of("to", "nowhere")))).contains("nowhere");
    }

    private String act(String name, String action) throws IOException, InterruptedException {
        return followed(
                olga.submit(
                        "/console/adapters",
                        "/console/adapters/actions",
                        Map.of("name", name, "action", action)));
    }

    @Test
    void detailsShareAndDefaultsAreChanged() throws Exception {
        var said =
                submit(
                        "details",
                        "title",
                        Map.of(
                                "description",
                                "Titles <i>of</i> things",
                                "tags",
                                "text, <s>, text",
                                "owner",
                                "desk"));
        assertThat(notice(said)).contains("are changed");
        assertThat(said).contains("Titles &lt;i&gt;of&lt;/i&gt; things", "&lt;s&gt;");
        assertThat(adapter("title").get("tags").toString()).isEqualTo("[\"<s>\",\"text\"]");
        assertThat(body(vic.get("/console/adapters?tag=text&owner=desk")))
                .contains(">title</a>")
                .doesNotContain(">upper</a>");
        assertAudited("adapter.update", "title");
        assertThat(notice(submit("share", "title", Map.of("share", "2.5")))).contains("share");
        assertThat(adapter("title").get("share").doubleValue()).isEqualTo(2.5);
        assertThat(problem(submit("share", "title", Map.of("share", "much"))))
                .contains("must be a number");
        assertThat(problem(submit("share", "title", Map.of("share", "1000"))))
                .contains("0.01 to 100");
        var defaults =
                submit(
                        "defaults",
                        "title",
                        Map.of(
                                "system_prompt",
                                "Be brief.",
                                "temperature",
                                "0.5",
                                "max_tokens",
                                "9"));
        assertThat(notice(defaults)).contains("defaults are changed");
        assertThat(adapter("title").get("system_prompt").asString()).isEqualTo("Be brief.");
        assertThat(adapter("title").get("parameters").toString())
                .contains("\"max_tokens\":9", "\"temperature\":0.5");
        assertThat(problem(submit("defaults", "title", Map.of("temperature", "-4"))))
                .contains("temperature");
    }

    @Test
    void versionsAreAddedComparedRoutedAndRolledBack() throws Exception {
        assertThat(problem(submit("version/add", "rot13", Map.of("path", "no-such-folder"))))
                .contains("no-such-folder");
        assertThat(notice(submit("version/add", "rot13", Map.of("path", "leet"))))
                .isEqualTo("Version 2 is there. Requests get it once an alias routes to it.");
        assertAudited("adapter.add_version", "rot13");
        var diff = body(vic.get("/console/adapter/diff?name=rot13&one=1&other=2"));
        assertThat(diff)
                .contains("Versions 1 and 2", "differs", "Ranks", "Neither version was run");
        assertThat(vic.get("/console/adapter/diff?name=rot13&one=1&other=9").statusCode())
                .isEqualTo(404);

        assertThat(
                        notice(
                                submit(
                                        "alias",
                                        "rot13",
                                        Map.of("alias", "", "weight.1", "90", "weight.2", "10"))))
                .isEqualTo("Requests for rot13 get v1 90\u00a0%, v2 10\u00a0% now.");
        assertThat(body(vic.get(page("rot13")))).contains("v1 90\u00a0%, v2 10\u00a0%");
        assertThat(
                        notice(
                                submit(
                                        "alias",
                                        "rot13",
                                        Map.of(
                                                "new",
                                                "true",
                                                "alias",
                                                "champion",
                                                "weight.1",
                                                "1",
                                                "sticky",
                                                "true",
                                                "shadow",
                                                "2"))))
                .isEqualTo("Requests for rot13@champion get v1 now.");
        assertThat(read("/admin/adapters/rot13/aliases/champion").toString())
                .contains("\"sticky\":true", "\"shadow\":2");
        assertThat(
                        problem(
                                submit(
                                        "alias",
                                        "rot13",
                                        Map.of("new", "true", "alias", "9x", "weight.1", "1"))))
                .contains("cannot be an alias");
        assertThat(problem(submit("alias", "rot13", Map.of("alias", "champion"))))
                .contains("No version has a weight");
        assertThat(problem(submit("version/retire", "rot13", Map.of("version", "2"))))
                .contains("is used by");
        var from = "{\"versions\":{\"1\":90,\"2\":10},\"sticky\":false}";
        assertThat(body(olga.get(page("rot13"))))
                .contains("name=\"from\" value=\"" + from.replace("\"", "&quot;"));
        for (int click = 0; click < 2; click++) {
            assertThat(notice(submit("alias/rollback", "rot13", Map.of("alias", "", "from", from))))
                    .endsWith("requests for rot13 get v1.");
        }
        assertThat(read("/admin/adapters/rot13/aliases").toString())
                .contains("{\"alias\":\"\",\"versions\":{\"1\":1}");
        assertThat(body(olga.get("/console/adapter/remove?name=rot13&part=alias&item=champion")))
                .contains("Remove the alias champion of rot13?", "which get v1", "name=\"_csrf\"");
        assertThat(body(vic.get("/console/adapter/remove?name=rot13&part=version&item=2")))
                .contains("Retire version 2 of rot13?", "0 that run or wait")
                .contains("Only operators may do this")
                .doesNotContain("Retire version 2</button>");
        assertThat(vic.get("/console/adapter/remove?name=rot13&part=gate").statusCode())
                .isEqualTo(404);
        assertThat(notice(submit("version/activate", "rot13", Map.of("version", "2"))))
                .isEqualTo("Requests for the name get version 2.");
        assertThat(notice(submit("alias/remove", "rot13", Map.of("alias", "champion"))))
                .contains("is removed");
        assertThat(notice(submit("version/activate", "rot13", Map.of("version", "1"))))
                .contains("version 1");
        assertThat(notice(submit("version/retire", "rot13", Map.of("version", "2"))))
                .contains("is retired");
        assertAudited("adapter.route", "rot13");
        assertAudited("adapter.delete_versions", "rot13");
    }

    /** Returns fields in the order of a form, as browsers send them. */
    private static Map<String, String> ordered(String... pairs) {
        var fields = new LinkedHashMap<String, String>();
        for (int i = 0; i < pairs.length; i += 2) {
            fields.put(pairs[i], pairs[i + 1]);
        }
        return fields;
    }

    @Test
    void gateIsWrittenRunAndRemoved() throws Exception {
        var set =
                submit(
                        "gate",
                        "upper",
                        ordered(
                                "gate", "",
                                "prompt.new1", "The quick brown fox",
                                "kind.new1", "chat",
                                "expected.new1", "THE QUICK BROWN FOX",
                                "max_tokens.new1", "64",
                                "prompt.new2", "hello <b>",
                                "kind.new2", "text",
                                "max_tokens.new2", "8",
                                "divergence.new2", "0.5"));
        assertThat(notice(set)).contains("The gate has 2 prompts");
        assertThat(set).contains("hello &lt;b&gt;", "Keep prompt 1", "0.500 nats");
        assertThat(notice(submit("version/judge", "upper", Map.of("version", "1"))))
                .isEqualTo("Version 1 passed.");
        assertThat(
                        problem(
                                submit(
                                        "version/add",
                                        "upper",
                                        Map.of("path", "rot13", "activate", "true"))))
                .contains("Version 2 of adapter &#39;upper&#39; did not pass its gate");
        assertAudited("adapter.set_gate", "upper");
        assertThat(body(vic.get("/console/adapter/diff?name=upper&one=1&other=2")))
                .contains("THE QUICK BROWN FOX", "Gur dhvpx oebja sbk", "not passed");
        var hash = read("/admin/adapters/upper/gate").get("hash").asString();
        var kept =
                submit(
                        "gate",
                        "upper",
                        ordered(
                                "gate", hash,
                                "kept", "1",
                                "prompt.0", "The quick brown fox",
                                "kind.0", "chat",
                                "expected.0", "THE QUICK BROWN FOX",
                                "max_tokens.0", "32"));
        assertThat(notice(kept)).contains("2 prompts");
        var gate = read("/admin/adapters/upper/gate").get("prompts");
        assertThat(gate.toString()).contains("\"max_divergence\":0.5", "\"max_tokens\":32");
        assertThat(problem(submit("gate", "upper", Map.of("gate", hash, "prompt.0", "x"))))
                .contains("was changed since");
        hash = read("/admin/adapters/upper/gate").get("hash").asString();
        assertThat(problem(submit("gate", "upper", Map.of("gate", hash, "prompt.0", " "))))
                .contains("The gate has no prompt");
        assertThat(notice(submit("gate/remove", "upper", Map.of()))).contains("is removed");
        assertThat(server.get("/admin/adapters/upper/gate").statusCode()).isEqualTo(404);
    }

    @Test
    void usageIsThatOfTheHistory() throws Exception {
        assertThat(body(vic.get(page("title"))))
                .contains("No request has ended in the last 48 hours");
        var answer =
                server.post(
                        "/v1/completions",
                        "{\"model\": %s, \"prompt\": \"hello\", \"max_tokens\": 4}"
                                .formatted(JSON.writeValueAsString(ODD)));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        await().atMost(LONG)
                .untilAsserted(() ->
                        assertThat(body(vic.get(page(ODD))))
                                .contains("id=\"usage-data\"", "data-chart=\"latency-data\""));
        assertThat(body(vic.get("/console/adapters"))).contains("Busy now");
    }

    @Test
    void uploadsAreServedOrRefusedInWordsAndDeletedAgain() throws Exception {
        var job = followed(upload("fresh", olga.csrf("/console/adapters/add"), files("leet")));
        assertThat(job).contains("Job for fresh");
        await().atMost(LONG).untilAsserted(() -> assertThat(server.models()).contains("fresh"));
        assertAudited("adapter.upload", "fresh");
        assertThat(body(vic.get("/console/adapters"))).contains(">fresh</a>");
        var jobs = read("/admin/adapter-jobs").get("jobs");
        var id = jobs.get(0).get("id").asString();
        await().atMost(LONG)
                .untilAsserted(() ->
                        assertThat(body(vic.get("/console/adapter-job?id=" + id)))
                                .contains(">ready<")
                                .doesNotContain("Cancel the job"));
        assertThat(
                        problem(
                                followed(
                                        olga.submit(
                                                "/console/adapters",
                                                "/console/adapter-job/cancel?id=" + id,
                                                Map.of()))))
                .contains("cannot be cancelled");
        assertThat(problem(followed(upload("fresh", olga.csrf("/console"), files("leet")))))
                .contains("fresh");
        assertThat(vic.get("/console/adapter-job?id=nobody").statusCode()).isEqualTo(404);

        var bad =
                followed(
                        upload(
                                "bad",
                                olga.csrf("/console"),
                                Map.of(AdapterFiles.CONFIG, "{}".getBytes(UTF_8))));
        assertThat(bad).contains("Job for bad");
        var failed = read("/admin/adapter-jobs").get("jobs").get(0).get("id").asString();
        await().atMost(LONG)
                .untilAsserted(() ->
                        assertThat(body(vic.get("/console/adapter-job?id=" + failed)))
                                .contains(">failed<", "class=\"problem\""));

        assertThat(body(olga.get("/console/journal")))
                .contains("Adapter bad from upload failed: ", "/console/adapter-job?id=" + failed);
        await().atMost(LONG)
                .untilAsserted(() ->
                        assertThat(body(vic.get("/console/journal?topic=problems")))
                                .contains("Adapter bad from upload failed: "));

        var half = files("leet");
        half.remove(AdapterFiles.TENSORS);
        var _ = upload("half", olga.csrf("/console"), half);
        var halved = read("/admin/adapter-jobs").get("jobs").get(0).get("id").asString();
        await().atMost(LONG)
                .untilAsserted(() ->
                        assertThat(body(vic.get("/console/adapter-job?id=" + halved)))
                                .contains("missing from its files", "add them again")
                                .doesNotContain(".staging"));

        assertThat(upload("x", "wrong", files("leet")).statusCode()).as("token").isEqualTo(403);
        assertThat(upload("x", null, files("leet")).statusCode()).as("no token").isEqualTo(403);
        assertThat(body(olga.get("/console/adapters/add"))).doesNotContain("_csrf=");
        var token = olga.csrf("/console/adapters/add");
        var late = new ByteArrayOutputStream();
        part(late, "name=\"name\"", "x".getBytes(UTF_8));
        part(late, "name=\"_csrf\"", token.getBytes(UTF_8));
        assertThat(send(late, "").statusCode()).as("a token behind others").isEqualTo(403);
        var inAddress = new ByteArrayOutputStream();
        part(inAddress, "name=\"name\"", "x".getBytes(UTF_8));
        assertThat(send(inAddress, "?_csrf=" + URLEncoder.encode(token, UTF_8)).statusCode())
                .as("a token in the address")
                .isEqualTo(403);
        assertThat(read("/admin/adapter-jobs").get("jobs").get(0).get("id").asString())
                .as("nothing has begun")
                .isEqualTo(halved);

        var confirm = body(olga.get("/console/adapters/confirm?action=delete&name=fresh"));
        assertThat(confirm).contains("Delete fresh?", "This cannot be undone", "name=\"force\"");
        assertThat(notice(act("fresh", "delete"))).isEqualTo("Deleted: fresh.");
        assertThat(server.models()).doesNotContain("fresh");
        assertAudited("adapter.delete", "fresh");
        assertThat(olga.get("/console/adapters/confirm?action=delete&name=fresh").statusCode())
                .isEqualTo(404);
    }

    @Test
    void uploadedVersionsGetNoRequestsUntilARouteGivesThemSome() throws Exception {
        var _ = followed(upload("canary", olga.csrf("/console"), files("leet")));
        await().atMost(LONG).untilAsserted(() -> assertThat(server.models()).contains("canary"));
        assertThat(body(olga.get("/console/adapters/add?name=canary")))
                .contains("<h1>Add a version of canary</h1>")
                .contains("stay as they are", "get it at once");
        assertThat(body(olga.get("/console/adapters/add?name=nobody")))
                .contains("<h1>Add an adapter</h1>")
                .doesNotContain("stay as they are");
        var taken =
                followed(
                        upload(
                                "canary",
                                olga.csrf("/console"),
                                files("title"),
                                "in_place",
                                "false"));
        assertThat(problem(taken))
                .contains("canary", "is served already", "as a version of it")
                .doesNotContain("activate=false", "in_place");
        assertThat(taken).as("the page that offers a version").contains("stay as they are");
        var refused = read("/admin/adapter-jobs").get("jobs").get(0).get("id").asString();
        assertThat(body(vic.get("/console/adapter-job?id=" + refused)))
                .contains("is served already.", "Add the files as a version of it")
                .doesNotContain("activate=false", "Mend the files");
        var fetched =
                olga.submit(
                        "/console/adapters/add",
                        "/console/adapters/fetch",
                        Map.of("name", "canary", "source", "title"));
        assertThat(problem(followed(fetched)))
                .contains("as a version of it")
                .doesNotContain("activate=false");

        var job =
                followed(
                        upload(
                                "canary",
                                olga.csrf("/console"),
                                files("title"),
                                "activate",
                                "false"));
        assertThat(job).contains("Job for canary");
        var id = read("/admin/adapter-jobs").get("jobs").get(0).get("id").asString();
        await().atMost(LONG)
                .untilAsserted(() ->
                        assertThat(body(vic.get("/console/adapter-job?id=" + id)))
                                .contains("Version 2 is there.")
                                .contains("Requests for the name do not get it yet.")
                                .contains("Try canary@2")
                                .contains("/console/adapter?name=canary#routes"));
        var again = files("leet");
        var same = followed(upload("canary", olga.csrf("/console"), again, "activate", "false"));
        assertThat(same).contains("Job for canary");
        var sameId = read("/admin/adapter-jobs").get("jobs").get(0).get("id").asString();
        await().atMost(LONG)
                .untilAsserted(() ->
                        assertThat(body(vic.get("/console/adapter-job?id=" + sameId)))
                                .contains("Version 1 is there. Requests for the name get it."));
        assertThat(read("/admin/adapters/canary/aliases").toString())
                .contains("{\"alias\":\"\",\"versions\":{\"1\":1}");
        assertThat(read("/admin/adapters/canary/versions").toString())
                .contains("\"source\":\"upload\"", "\"created_by\":\"user:olga\"");
        assertThat(body(olga.get(page("canary"))))
                .contains("aria-label=\"Try version 2\"", "id=\"routes\"");
        var unknown =
                olga.submit(
                        "/console/adapters/add",
                        "/console/adapters/fetch",
                        Map.of("name", "nobody", "source", "title", "activate", "false"));
        assertThat(problem(followed(unknown))).contains("nobody", "is served, so it gets");
        assertThat(notice(act("canary", "delete"))).contains("canary");
    }

    @Test
    void foldersAreFetchedByAJob() throws Exception {
        assertThat(body(olga.get("/console/adapters/add"))).contains("<code>" + roots + "</code>");
        var job =
                followed(
                        olga.submit(
                                "/console/adapters/add",
                                "/console/adapters/fetch",
                                Map.of("name", "second", "source", "title")));
        assertThat(job).contains("Job for second", "The adapter is being acquired.");
        await().atMost(LONG).untilAsserted(() -> assertThat(server.models()).contains("second"));
        assertAudited("adapter.acquire", "second");
        assertThat(
                        problem(
                                followed(
                                        olga.submit(
                                                "/console/adapters/add",
                                                "/console/adapters/fetch",
                                                Map.of("name", "a@b", "source", "title")))))
                .contains("@");
        assertThat(body(olga.get("/console/adapters/add?name=a%40b&source=title")))
                .as("a refused form as it was filled in")
                .contains("value=\"a@b\"", "value=\"title\"");
        assertThat(notice(act("second", "delete"))).contains("second");
    }

    private static Map<String, byte[]> files(String adapter) throws IOException {
        var files = new LinkedHashMap<String, byte[]>();
        for (var file : new String[] {AdapterFiles.CONFIG, AdapterFiles.TENSORS}) {
            files.put(
                    file,
                    Files.readAllBytes(DEMO.resolve("adapters").resolve(adapter).resolve(file)));
        }
        return files;
    }

    /** Sends the form of an upload, as a browser does. */
    private HttpResponse<String> upload(
            String name, @Nullable String csrf, Map<String, byte[]> files, String... field)
            throws IOException, InterruptedException {
        var form = new ByteArrayOutputStream();
        if (csrf != null) {
            part(form, "name=\"_csrf\"", csrf.getBytes(UTF_8));
        }
        part(form, "name=\"name\"", name.getBytes(UTF_8));
        if (field.length > 0) {
            part(form, "name=\"" + field[0] + "\"", field[1].getBytes(UTF_8));
        }
        for (var file : files.entrySet()) {
            part(
                    form,
                    "name=\"files\"; filename=\"%s\"\r\nContent-Type: application/octet-stream"
                            .formatted(file.getKey()),
                    file.getValue());
        }
        return send(form, field.length > 0 ? "?name=" + URLEncoder.encode(name, UTF_8) : "");
    }

    private HttpResponse<String> send(ByteArrayOutputStream form, String query)
            throws IOException, InterruptedException {
        form.writeBytes("--b--\r\n".getBytes(UTF_8));
        var address = "/console/adapters/upload" + query;
        try (var http = HttpClient.newHttpClient()) {
            return http.send(
                    HttpRequest.newBuilder(URI.create(server.url() + address))
                            .header("Accept", "text/html")
                            .header("Cookie", "dlora-session=" + olga.cookies.get("dlora-session"))
                            .header("Content-Type", "multipart/form-data; boundary=b")
                            .POST(BodyPublishers.ofByteArray(form.toByteArray()))
                            .build(),
                    BodyHandlers.ofString());
        }
    }

    private static void part(ByteArrayOutputStream form, String disposition, byte[] content) {
        form.writeBytes(
                "--b\r\nContent-Disposition: form-data; %s\r\n\r\n"
                        .formatted(disposition)
                        .getBytes(UTF_8));
        form.writeBytes(content);
        form.writeBytes("\r\n".getBytes(UTF_8));
    }
}
