package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.dlora.testing.TestFiles;
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

/** The console's overview and first steps on a server with two replicas and a history. */
@TestInstance(Lifecycle.PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
class OverviewIT {
    private static final Path DEMO = TestFiles.demo();
    private static final JsonMapper JSON = new JsonMapper();
    private static final String PASSWORD = "correct horse battery";
    private static final Duration LONG = Duration.ofMinutes(2);

    /** A name that would break pages and lines for shells, if it were not escaped. */
    private static final String HOSTILE = "a<b>'\"ü";

    private RunningServer server;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        var adapters = folder.resolve("adapters");
        for (var copy : Map.of(HOSTILE, "rot13", "upper", "upper").entrySet()) {
            var from = DEMO.resolve("adapters").resolve(copy.getValue());
            var to = Files.createDirectories(adapters.resolve(copy.getKey()));
            try (var files = Files.list(from)) {
                for (var file : files.toList()) {
                    Files.copy(file, to.resolve(file.getFileName()));
                }
            }
        }
        server =
                RunningServer.start(
                        DEMO.resolve("model"),
                        adapters,
                        RunningServer.JAVA_ALONE,
                        "--dlora.store=auto",
                        "--dlora.home=" + folder.resolve("home"),
                        "--dlora.replicas[0].threads=1",
                        "--dlora.replicas[1].threads=1");
        for (var role : List.of("viewer", "operator", "admin")) {
            var user =
                    "{\"name\": \"%s\", \"role\": \"%s\", \"password\": \"%s\"}"
                            .formatted(role, role, PASSWORD);
            await().atMost(LONG)
                    .untilAsserted(() ->
                            assertThat(server.post("/admin/users", user).statusCode())
                                    .isIn(201, 409));
        }
    }

    @AfterAll
    void stop() {
        server.close();
    }

    private Browser signedIn(String role) throws IOException, InterruptedException {
        var browser = new Browser(server.url());
        assertThat(browser.signIn(role, PASSWORD).statusCode()).isEqualTo(303);
        return browser;
    }

    private static String page(Browser browser, String path)
            throws IOException, InterruptedException {
        var answer = browser.get(path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).doesNotContain("a<b>", "style=", "th:", "${").contains("</html>");
        return answer.body();
    }

    private static String location(HttpResponse<?> answer) {
        return answer.headers().firstValue("Location").orElse("none");
    }

    private String policy() {
        return server.administration().scheduling().scheduling(0).getFirst().policy();
    }

    private JsonNode read(String path) throws IOException, InterruptedException {
        return JSON.readTree(server.get(path).body());
    }

    @Test
    @Order(1)
    void aServerWithoutHistoryLeadsToTheFirstSteps() throws Exception {
        for (var role : List.of("viewer", "operator", "admin")) {
            try (var browser = signedIn(role)) {
                await().atMost(LONG)
                        .untilAsserted(() ->
                                assertThat(page(browser, "/console"))
                                        .contains("has answered no request yet"));
                var page = page(browser, "/console/first-run");
                assertThat(page)
                        .contains(
                                "2 adapters",
                                "2 replicas",
                                "model</strong>",
                                "/v1/chat/completions")
                        .contains("a&lt;b&gt;");
                assertThat(page.contains("Send demo traffic</button>"))
                        .isEqualTo(!role.equals("viewer"));
                assertThat(page.contains("Operators may send demo traffic"))
                        .isEqualTo(role.equals("viewer"));
            }
        }
    }

    @Test
    @Order(2)
    void theOverviewShowsBothReplicasInEachRole() throws Exception {
        for (var role : List.of("viewer", "operator", "admin")) {
            try (var browser = signedIn(role)) {
                await().atMost(LONG)
                        .untilAsserted(() ->
                                assertThat(page(browser, "/console"))
                                        .contains(
                                                "Replica <span>0</span>", "Replica <span>1</span>")
                                        .contains("/console/replica?id=1", "2 of 2")
                                        .contains("<svg role=\"img\"", "class=\"idle\"")
                                        .contains("The timeline as a table")
                                        .contains("not measured"));
                assertThat(page(browser, "/console").contains("Switch</button>"))
                        .isEqualTo(!role.equals("viewer"));
            }
        }
    }

    @Test
    @Order(3)
    void operatorsSwitchThePolicyAndTheAuditNamesThem() throws Exception {
        try (var viewer = signedIn("viewer");
                var operator = signedIn("operator")) {
            var merged = Map.of("policy", "merged");
            assertThat(viewer.post("/console/policy", merged, viewer.csrf("/console")).statusCode())
                    .isEqualTo(403);
            assertThat(operator.post("/console/policy", merged, null).statusCode()).isEqualTo(403);
            assertThat(policy()).isEqualTo("unmerged");

            assertThat(location(operator.submit("/console", "/console/policy", merged)))
                    .isEqualTo("/console");
            assertThat(page(operator, "/console")).contains("The policy is merged now.");
            assertThat(policy()).isEqualTo("merged");

            for (var wrong : List.of(Map.of("policy", "<b>"), Map.<String, String>of())) {
                assertThat(location(operator.submit("/console", "/console/policy", wrong)))
                        .isEqualTo("/console");
                assertThat(page(operator, "/console"))
                        .containsAnyOf("There is no policy &#39;&lt;b&gt;", "is empty");
            }
            assertThat(policy()).isEqualTo("merged");
            await().atMost(LONG)
                    .until(() ->
                            server.get("/admin/audit?action=scheduling.update")
                                    .body()
                                    .contains("user:operator"));
            operator.submit("/console", "/console/policy", Map.of("policy", "unmerged"));
            assertThat(policy()).isEqualTo("unmerged");
        }
    }

    @Test
    @Order(4)
    void demoTrafficIsSeenAndStoppedAndLeavesThePolicyAsItWas() throws Exception {
        try (var viewer = signedIn("viewer");
                var operator = signedIn("operator");
                var admin = signedIn("admin")) {
            var path = "/console/first-run";
            assertThat(viewer.post(path + "/demo", Map.of(), viewer.csrf("/console")).statusCode())
                    .isEqualTo(403);
            operator.submit(path, path + "/stop", Map.of());
            assertThat(page(operator, path)).contains("No demo traffic runs.");

            operator.submit(path, path + "/demo", Map.of());
            assertThat(page(operator, path))
                    .contains("Demo traffic has begun", "Stop it now</button>");
            assertThat(policy()).isEqualTo("dlora");
            admin.submit(path, path + "/demo", Map.of());
            assertThat(page(admin, path)).contains("Demo traffic runs already");
            assertThat(page(viewer, path))
                    .contains("Demo traffic runs", "<dt>Begun by</dt><dd>operator</dd>")
                    .doesNotContain("Stop it now");

            await().atMost(LONG)
                    .until(() ->
                            read("/admin/requests?user=demo-traffic").get("requests").size() > 5);
            var row = read("/admin/requests?user=demo-traffic").get("requests").get(0);
            assertThat(row.get("api_key").asString()).isEqualTo("user:operator");
            assertThat(row.get("version").asInt()).isEqualTo(1);
            await().atMost(LONG)
                    .untilAsserted(() ->
                            assertThat(page(viewer, "/console"))
                                    .containsPattern("<rect class=\"(unmerged|merged|mixed)\"")
                                    .contains(
                                            "Demo traffic runs, begun by <span>operator</span>",
                                            "href=\"/console/replica?id=1\">Replica 1</a>")
                                    .doesNotContain("has answered no request yet"));
            for (int i = 0; i < 20; i++) {
                assertTotalsAreSums(page(viewer, "/console"));
            }
            assertThat(firstEvent(viewer, "/console/live?panel=overview-totals", "overview-totals"))
                    .as("banner and totals of one reading")
                    .contains(
                            "Demo traffic runs",
                            "The policy is <span>dlora</span> now",
                            "<dt>Policy</dt><dd>dlora</dd>");

            admin.submit(path, path + "/stop", Map.of());
            assertThat(page(admin, path))
                    .contains("It was stopped. The policy before is in force again.")
                    .contains("Send demo traffic</button>");
            assertThat(policy()).isEqualTo("unmerged");
            assertThat(page(viewer, "/console")).doesNotContain("Demo traffic runs");
            await().atMost(LONG).until(() -> server.served().generation().load().running() == 0);
            await().atMost(LONG)
                    .until(() ->
                            server.get("/admin/audit?action=demo-traffic.end")
                                    .body()
                                    .contains("user:admin"));
        }
    }

    /** Issue 18: totals were read a moment after the cards below them. */
    private static void assertTotalsAreSums(String page) {
        for (var figure : List.of("Running", "Waiting")) {
            assertThat(figures(page, figure + " requests"))
                    .as("%s of %s", figure, page)
                    .containsExactly(figures(page, figure).stream().mapToLong(one -> one).sum());
        }
    }

    private static List<Long> figures(String page, String name) {
        return Pattern.compile("<dt>%s</dt><dd>(?:<span>)?(\\d+)<".formatted(name))
                .matcher(page)
                .results()
                .map(found -> Long.valueOf(found.group(1)))
                .toList();
    }

    @Test
    @Order(5)
    void livePartsAreStreamed() throws Exception {
        try (var viewer = signedIn("viewer")) {
            for (var panel :
                    List.of(
                            "overview-totals",
                            "overview-timeline",
                            "overview-cards",
                            "demo-traffic")) {
                assertThat(firstEvent(viewer, "/console/live?panel=" + panel, panel))
                        .contains("<")
                        .doesNotContain("a<b>", "th:", "<form");
            }
        }
    }

    /** Returns the data of the first event of a name. */
    private static String firstEvent(Browser browser, String path, String name)
            throws IOException, InterruptedException {
        var http = HttpClient.newHttpClient();
        try (var lines =
                http.send(browser.script("GET", path, null, null).build(), BodyHandlers.ofLines())
                        .body()) {
            return lines.dropWhile(line -> !line.equals("event:" + name))
                    .takeWhile(line -> !line.isEmpty())
                    .collect(Collectors.joining("\n"));
        } finally {
            http.shutdownNow();
        }
    }

    /** Last: it ends the server. */
    @Test
    @Order(6)
    void theEndOfTheServerEndsDemoTraffic() throws Exception {
        try (var operator = signedIn("operator")) {
            operator.submit("/console/first-run", "/console/first-run/demo", Map.of());
            var scheduling = server.administration().scheduling();
            assertThat(policy()).isEqualTo("dlora");
            server.close();
            assertThat(Thread.getAllStackTraces().keySet())
                    .noneMatch(thread -> thread.getName().equals("demo-traffic"));
            assertThat(scheduling.scheduling(0).getFirst().policy()).isEqualTo("unmerged");
        }
    }
}
