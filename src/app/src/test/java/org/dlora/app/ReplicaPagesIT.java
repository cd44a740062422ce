package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.dlora.cluster.replicas.ReplicaReport.OpenRequest;
import org.dlora.cluster.replicas.ReplicaStatus;
import org.dlora.device.FaultyDevice;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.web.util.HtmlUtils;

/**
 * The pages of replicas and moves on the whole program with two replicas. Their steps wait for
 * permits while a request is to stay unfinished.
 */
@TestInstance(Lifecycle.PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = ThreadMode.SEPARATE_THREAD)
class ReplicaPagesIT {
    private static final Path DEMO = TestFiles.demo();
    private static final String PASSWORD = "a password of the tests";
    private static final Duration LONG = Duration.ofMinutes(2);

    /** An adapter's name that must be escaped, in texts and in addresses. */
    private static final String ODD = "<b>\"ü & 'x'</b>/y";

    private static final String MOVE = "/console/migrations/move";
    private static final List<String> PAGES =
            List.of(
                    "/console/replicas",
                    "/console/replica?id=0",
                    "/console/replica/drain?id=0",
                    "/console/replica/resume?id=0",
                    "/console/replica/restart?id=0",
                    "/console/migrations",
                    "/console/migrations?outcome=failed&replica=1&model=%3Cb%3E&page=2",
                    MOVE,
                    "/console/migrations/rebalance");

    private final FaultyDevice device = new FaultyDevice(true);
    private RunningServer server;

    @BeforeAll
    void start(@TempDir Path home) throws Exception {
        var settings = new ArrayList<String>();
        for (int i = 0; i < 2; i++) {
            settings.add("--dlora.replicas[%d].threads=1".formatted(i));
            settings.add("--dlora.replicas[%d].memory=32MB".formatted(i));
        }
        settings.add(RunningServer.JAVA_ALONE);
        settings.add("--dlora.served-name=dlora-demo");
        settings.add("--dlora.policy=unmerged");
        settings.add("--dlora.store=auto");
        settings.add("--dlora.home=" + home);
        // Requests move only by the pages.
        settings.add("--dlora.rebalance.drift=100");
        settings.add("--dlora.rebalance.period=1d");
        settings.add("--dlora.placement.enabled=false");
        settings.add("--dlora.watchdog.minimum=10m");
        settings.add("--dlora.watchdog.maximum=10m");
        server =
                RunningServer.startOn(
                        device,
                        DEMO.resolve("model"),
                        DEMO.resolve("adapters"),
                        settings.toArray(String[]::new));
        for (var role : List.of("viewer", "operator", "admin")) {
            make(role);
        }
        var loaded =
                server.post(
                        "/v1/load_lora_adapter",
                        Example.JSON
                                .createObjectNode()
                                .put("lora_name", ODD)
                                .put("lora_path", "upper")
                                .toString());
        assertThat(loaded.statusCode()).as(loaded.body()).isEqualTo(200);
    }

    /** Makes a user who is called as the role. The database is opened once the server is ready. */
    private void make(String role) {
        var body =
                "{\"name\": \"%s\", \"role\": \"%s\", \"password\": \"%s\"}"
                        .formatted(role, role, PASSWORD);
        await().atMost(LONG)
                .untilAsserted(() -> {
                    var answer = server.post("/admin/users", body);
                    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
                });
    }

    @AfterAll
    void stop() {
        server.close();
    }

    private Browser signedIn(String role) throws Exception {
        var browser = new Browser(server.url());
        assertThat(browser.signIn(role, PASSWORD).statusCode()).isEqualTo(303);
        return browser;
    }

    private static String location(HttpResponse<?> answer) {
        return answer.headers().firstValue("Location").orElse("none");
    }

    /** Sends a form of a page, and returns the page to which it leads. */
    private static String submitted(
            Browser browser, String page, String path, Map<String, String> fields)
            throws Exception {
        var answer = browser.submit(page, path, fields);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(303);
        return browser.get(location(answer)).body();
    }

    private void assertAudited(String... words) {
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(server.get("/admin/audit").body()).contains(words));
    }

    /** Holds the steps of both replicas; a permit lets one step of either run. */
    private final class Hold implements AutoCloseable {
        private final Semaphore permits = new Semaphore(0);

        Hold() {
            for (var replica : List.of("0", "1")) {
                device.fault(replica, permits::acquireUninterruptibly);
            }
        }

        /** Lets steps run, one after another, until something is so. */
        void runUntil(BooleanSupplier isSo) {
            runUntil(isSo, () -> true);
        }

        /**
         * Lets steps run until something is so.
         *
         * @param mayRun whether a step may run now
         */
        void runUntil(BooleanSupplier isSo, BooleanSupplier mayRun) {
            await().atMost(LONG)
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> {
                        boolean is = isSo.getAsBoolean();
                        if (!is && permits.availablePermits() == 0 && mayRun.getAsBoolean()) {
                            permits.release();
                        }
                        return is;
                    });
        }

        @Override
        public void close() {
            device.heal("0");
            device.heal("1");
            permits.release(1_000_000);
        }
    }

    private static String stream(String model) {
        return Example.JSON
                .createObjectNode()
                .put("model", model)
                .put("prompt", "move me")
                .put("max_tokens", 180)
                .put("ignore_eos", true)
                .put("temperature", 0)
                .put("stream", true)
                .toString();
    }

    private static String text(String stream) {
        var text = new StringBuilder();
        stream.lines()
                .filter(line -> line.startsWith("data: {"))
                .map(line -> Example.JSON.readTree(line.substring("data: ".length())))
                .forEach(chunk ->
                        text.append(chunk.at("/choices/0/text").asString(""))
                                .append(chunk.at("/error").asString("")));
        return text.toString();
    }

    private CompletableFuture<String> streamed(String model, CompletableFuture<Void> begun) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return text(server.stream("/v1/completions", stream(model), begun));
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private List<OpenRequest> requests(String replica) {
        return server.administration().replicas().replica(replica).requests();
    }

    private boolean isMoving() {
        return !server.administration().migrations().running().isEmpty();
    }

    @Test
    @Order(1)
    void pagesAreThereForEachRoleAndFormsForOperators() throws Exception {
        for (var role : List.of("viewer", "operator", "admin")) {
            try (var browser = signedIn(role)) {
                for (var path : PAGES) {
                    var page = browser.get(path);
                    assertThat(page.statusCode()).as(role + " " + path).isEqualTo(200);
                    assertThat(page.body())
                            .as(role + " " + path)
                            .contains("<h1")
                            .doesNotContain(" style=", "<b>", "??");
                }
                assertThat(browser.get("/console/replica?id=9").statusCode()).isEqualTo(404);
                assertThat(browser.get("/console/replica").statusCode()).isEqualTo(404);
                assertThat(browser.get("/console/replica/drain?id=9").statusCode()).isEqualTo(404);
            }
        }
        try (var viewer = signedIn("viewer");
                var operator = signedIn("operator")) {
            for (var path :
                    List.of("/console/replica/drain?id=0", MOVE, "/console/migrations/rebalance")) {
                assertThat(viewer.get(path).body())
                        .contains("An operator may")
                        .doesNotContain("action=\"/console/replica", "action=\"/console/migr");
            }
            assertThat(viewer.get("/console/replica?id=0").body()).doesNotContain("Drain…");
            assertThat(operator.get("/console/replica?id=0").body()).contains("Drain…", "Restart…");
            var token = viewer.csrf("/console");
            for (var path :
                    List.of(
                            "/console/replica/drain?id=0",
                            "/console/replica/resume?id=0",
                            "/console/replica/restart?id=0",
                            "/console/migrations/request",
                            "/console/migrations/adapter",
                            "/console/migrations/rebalance")) {
                assertThat(viewer.post(path, Map.of(), token).statusCode()).as(path).isEqualTo(403);
                assertThat(operator.post(path, Map.of(), null).statusCode())
                        .as("%s without a token", path)
                        .isEqualTo(403);
            }
        }
        assertThat(server.get("/admin/audit").body()).doesNotContain("replica.drain");
    }

    @Test
    @Order(2)
    void aFormMovesARequestWhileItsStreamGoesOn() throws Exception {
        var undisturbed = streamed(ODD, new CompletableFuture<>()).get(2, TimeUnit.MINUTES);
        assertThat(undisturbed).isNotEmpty();

        CompletableFuture<String> stream;
        try (var operator = signedIn("operator");
                var hold = new Hold()) {
            var begun = new CompletableFuture<Void>();
            stream = streamed(ODD, begun);
            hold.runUntil(() -> tokens() > 0);
            begun.get(2, TimeUnit.MINUTES);
            var from = requests("0").isEmpty() ? "1" : "0";
            var to = from.equals("0") ? "1" : "0";
            var request = requests(from).getFirst().id();

            var page = operator.get("/console/replica?id=" + from).body();
            assertThat(page)
                    .contains(request, HtmlUtils.htmlEscape(ODD).replace("&uuml;", "ü"))
                    .contains("/console/adapter?name=%3Cb%3E%22%C3%BC%20%26%20")
                    .contains("/console/migrations/move?request=" + request)
                    .contains("Step times", "KV blocks of this replica", "in the order of arrival")
                    .doesNotContain("<b>");
            assertThat(operator.get(MOVE + "?request=" + request).body())
                    .contains("value=\"%s\" selected".formatted(request))
                    .doesNotContain("<b>");
            assertThat(operator.get(MOVE + "?request=gone").body())
                    .contains("has ended, or moves already; its page says which");
            assertThat(move(operator, "gone", to))
                    .contains(
                            "Nothing was moved: the request has ended.",
                            "href=\"/console/request?id=gone\"");

            assertThat(move(operator, request, from)).contains("role=\"alert\"", "already");
            var moved = CompletableFuture.supplyAsync(() -> move(operator, request, to));
            hold.runUntil(moved::isDone, this::isMoving);
            // A form waits for some seconds, which a busy machine may need.
            assertThat(moved.get())
                    .containsAnyOf(
                            "Request %s has moved from replica %s to %s"
                                    .formatted(request, from, to),
                            "The move of request %s to replica %s has begun"
                                    .formatted(request, to));
            hold.runUntil(() -> !isMoving(), this::isMoving);
            assertThat(requests(to)).extracting(OpenRequest::id).contains(request);
            assertThat(stream).isNotDone();
        }
        assertThat(stream.get(2, TimeUnit.MINUTES)).isEqualTo(undisturbed);
        assertAudited("\"user:operator\"", "request.move");
        try (var viewer = signedIn("viewer")) {
            assertThat(viewer.get("/console/migrations?outcome=moved&replica=0").body())
                    .contains("by hand", "moved", "/console/request?id=")
                    .doesNotContain("<b>");
            assertThat(viewer.get("/console/migrations?outcome=failed").body())
                    .contains("No move is like that.");
        }
    }

    private int tokens() {
        var all = new ArrayList<>(requests("0"));
        all.addAll(requests("1"));
        return all.isEmpty() ? 0 : all.getFirst().outputTokens();
    }

    private static String move(Browser browser, String request, String to) {
        try {
            return submitted(
                    browser,
                    MOVE,
                    "/console/migrations/request",
                    Map.of("request", request, "to", to, "kv", "send"));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    @Order(3)
    void movesThatAreNotUnderstoodAreRefusedInWords() throws Exception {
        try (var operator = signedIn("operator")) {
            assertThat(move(operator, "cmpl-0-0", "1"))
                    .contains("Nothing was moved: the request has ended.");
            assertThat(move(operator, "", "1")).contains("&#39;Request&#39; is empty");
            for (var fields :
                    List.of(
                            Map.of("adapter", "none<b>", "mode", "copy", "to", "1"),
                            Map.of("adapter", "upper", "mode", "both", "to", "1"),
                            Map.of("adapter", "upper", "mode", "copy", "to", "9"),
                            Map.of("adapter", "upper", "mode", "copy"))) {
                assertThat(submitted(operator, MOVE, "/console/migrations/adapter", fields))
                        .contains("role=\"alert\"")
                        .doesNotContain("<b>", "GET /");
            }
        }
    }

    @Test
    @Order(4)
    void adaptersAreCopiedAndMoved() throws Exception {
        try (var operator = signedIn("operator")) {
            for (var to : List.of("0", "1")) {
                assertThat(
                                submitted(
                                        operator,
                                        MOVE,
                                        "/console/migrations/adapter",
                                        Map.of("adapter", "spell", "mode", "copy", "to", to)))
                        .contains("Adapter spell is in memory " + to);
            }
            assertThat(
                            submitted(
                                    operator,
                                    MOVE,
                                    "/console/migrations/adapter",
                                    Map.of(
                                            "adapter", "spell", "mode", "move", "to", "1", "from",
                                            "0")))
                    .contains("Adapter spell has moved from memory 0 to 1");
            assertThat(operator.get("/console/replica?id=1").body())
                    .contains("/console/adapter?name=spell");
            await().atMost(LONG)
                    .untilAsserted(() ->
                            assertThat(operator.get("/console/replica?id=0").body())
                                    .doesNotContain("/console/adapter?name=spell"));
        }
        assertAudited("adapter.copy", "adapter.move");
    }

    @Test
    @Order(5)
    void aPlanIsShownBeforeItIsApplied() throws Exception {
        var streams = new ArrayList<CompletableFuture<String>>();
        try (var operator = signedIn("operator");
                var hold = new Hold()) {
            post("/admin/replicas/1/drain");
            for (int i = 0; i < 12; i++) {
                streams.add(streamed("rot13", new CompletableFuture<>()));
            }
            await().atMost(LONG).until(() -> requests("0").size() == 12);
            hold.runUntil(() -> requests("0").stream().allMatch(one -> one.outputTokens() > 0));
            post("/admin/replicas/1/resume");

            var made = server.get("/admin/rebalance").body();
            var plan = operator.get("/console/migrations/rebalance").body();
            assertThat(plan).contains("Predicted gain", "Requests that move", "Rebalance now");
            assertThat(requests("0")).anyMatch(one -> plan.contains(one.id()));
            assertThat(isMoving()).isFalse();
            assertThat(requests("1")).isEmpty();
            // A page that is only looked at leaves nothing behind.
            assertThat(server.get("/admin/audit?action=rebalance.run").body())
                    .doesNotContain("user:operator");
            assertThat(server.get("/admin/rebalance").body()).isEqualTo(made);

            var applied =
                    CompletableFuture.supplyAsync(() -> {
                        try {
                            return submitted(
                                    operator,
                                    "/console/migrations/rebalance",
                                    "/console/migrations/rebalance",
                                    Map.of());
                        } catch (Exception e) {
                            throw new IllegalStateException(e);
                        }
                    });
            hold.runUntil(applied::isDone, this::isMoving);
            assertThat(applied.get())
                    .containsAnyOf("Requests moved: ", "is being made and applied");
        }
        for (var stream : streams) {
            assertThat(stream.get(2, TimeUnit.MINUTES)).isEqualTo(streams.getFirst().get());
        }
        assertAudited("rebalance.run", "\"user:operator\"");
        try (var viewer = signedIn("viewer")) {
            await().atMost(LONG)
                    .untilAsserted(() ->
                            assertThat(viewer.get("/console/migrations").body())
                                    .contains("ordered by user:operator"));
        }
    }

    private void post(String path) throws Exception {
        assertThat(server.post(path, "{}").statusCode()).isEqualTo(200);
    }

    @Test
    @Order(6)
    void replicasAreDrainedResumedAndRestarted() throws Exception {
        try (var operator = signedIn("operator")) {
            assertThat(operator.get("/console/replica/drain?id=0").body())
                    .contains("they go to replica 1", "It has no requests now");
            assertThat(change(operator, "drain", "0", Map.of())).contains("Replica 0 drains");
            assertThat(operator.get("/console").body())
                    .containsPattern("<span>1 of 2</span><span class=\"hint\">, 1 drain(ing|ed)");
            await().atMost(LONG)
                    .untilAsserted(() ->
                            assertThat(operator.get("/console").body())
                                    .contains("It takes no new requests, and has none</span>"));
            assertThat(operator.get("/console/replica?id=0").body()).contains("Resume…");
            assertThat(operator.get("/console/replica/drain?id=1").body())
                    .contains("the last one that takes requests")
                    .doesNotContain("action=\"/console/replica");
            var csrf = operator.csrf("/console");
            var refused = operator.post("/console/replica/drain?id=1", Map.of(), csrf);
            assertThat(operator.get(location(refused)).body())
                    .contains("role=\"alert\"", "the last one that takes requests");
            assertThat(change(operator, "resume", "0", Map.of()))
                    .contains("Replica 0 takes requests again");

            assertThat(change(operator, "restart", "0", Map.of()))
                    .contains("Replica 0 begins anew");
            await().atMost(LONG)
                    .untilAsserted(() ->
                            assertThat(
                                            server.administration()
                                                    .replicas()
                                                    .replica("0")
                                                    .condition()
                                                    .state())
                                    .isEqualTo(ReplicaStatus.SERVING));
        }
        assertAudited("replica.drain", "replica.resume", "replica.restart", "\"user:operator\"");
    }

    private static String change(
            Browser browser, String order, String id, Map<String, String> fields) throws Exception {
        var path = "/console/replica/%s?id=%s".formatted(order, id);
        return submitted(browser, path, path, fields);
    }

    @Test
    @Order(7)
    void panelsAreStreamed() throws Exception {
        var panels =
                List.of(
                        "replicas",
                        "migrations",
                        "replica-state:0",
                        "replica-requests:0",
                        "replica-adapters:0",
                        "replica-steps:0");
        var missing = new HashSet<>(panels);
        try (var viewer = signedIn("viewer");
                var http = HttpClient.newHttpClient()) {
            var path = "/console/live?panel=" + String.join("&panel=", panels);
            var answer =
                    http.send(
                            viewer.script("GET", path, null, null).build(), BodyHandlers.ofLines());
            assertThat(answer.statusCode()).isEqualTo(200);
            try (var lines = answer.body()) {
                var each = lines.iterator();
                while (!missing.isEmpty() && each.hasNext()) {
                    var line = each.next();
                    assertThat(line).doesNotContain("<form", "<input");
                    if (line.startsWith("event:")) {
                        missing.remove(line.substring("event:".length()).strip());
                    }
                }
            }
            http.shutdownNow();
        }
        assertThat(missing).isEmpty();
    }
}
