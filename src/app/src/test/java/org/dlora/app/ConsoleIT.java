package org.dlora.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.dlora.api.pools.HeldPool;
import org.dlora.app.commands.CommandRunner;
import org.dlora.security.users.AdjustableClock;
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
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import tools.jackson.databind.json.JsonMapper;

/** Sign-ins at the console of the whole program, from the link of the first start. */
@ExtendWith(OutputCaptureExtension.class)
@TestInstance(Lifecycle.PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConsoleIT {
    private static final Path DEMO = TestFiles.demo();
    private static final JsonMapper JSON = new JsonMapper();
    private static final Pattern LINK =
            Pattern.compile("open within 15 min: http://[^/]+(/console/link\\?token=([\\w-]{43}))");
    private static final String PASSWORD = "correct horse battery";
    private static final Duration LONG = Duration.ofMinutes(1);

    private final AdjustableClock clock = new AdjustableClock(Instant.now());
    private RunningServer server;
    private String startOutput = "";

    @BeforeAll
    void start(CapturedOutput output, @TempDir Path home) {
        server =
                RunningServer.startAt(
                        clock,
                        DEMO.resolve("model"),
                        DEMO.resolve("adapters"),
                        RunningServer.JAVA_ALONE,
                        "--dlora.store=auto",
                        "--dlora.home=" + home);
        await().atMost(LONG).until(() -> LINK.matcher(output.getAll()).find());
        startOutput = output.getAll();
    }

    @AfterAll
    void stop() {
        server.close();
    }

    private Browser browser() {
        return new Browser(server.url());
    }

    private Browser signedIn(String name) throws IOException, InterruptedException {
        var browser = browser();
        var answer = browser.signIn(name, PASSWORD);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(303);
        assertThat(location(answer)).isEqualTo("/console");
        return browser;
    }

    private static String location(HttpResponse<?> answer) {
        return answer.headers().firstValue("Location").orElse("none");
    }

    /** Makes a user by the API, for which a server without keys asks for none. */
    private void make(String name, String role) throws IOException, InterruptedException {
        var answer =
                server.post(
                        "/admin/users",
                        "{\"name\": \"%s\", \"role\": \"%s\", \"password\": \"%s\"}"
                                .formatted(name, role, PASSWORD));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        assertThat(answer.body()).doesNotContain(PASSWORD).doesNotContain("argon2");
    }

    @Test
    @Order(1)
    void theLinkOfTheStartLeadsToTheFirstUser(CapturedOutput output) throws Exception {
        var found = LINK.matcher(startOutput);
        assertThat(found.find()).isTrue();
        var path = found.group(1);
        var token = found.group(2);
        try (var browser = browser();
                var other = browser()) {
            assertThat(location(browser.get("/console"))).isEqualTo("/console/login");
            assertThat(browser.get("/console/login").body()).contains("There is no user yet");

            // Looks do not use it up, nor do forms without a token.
            assertThat(browser.get(path).body()).contains("Sign in</button>");
            assertThat(browser.get(path).body()).contains("Sign in</button>");
            assertThat(browser.post("/console/link", Map.of("token", token), null).statusCode())
                    .isEqualTo(403);
            assertThat(browser.submit(path, "/console/link", Map.of("token", "wrong")).statusCode())
                    .isEqualTo(401);

            var used = browser.submit(path, "/console/link", Map.of("token", token));
            assertThat(location(used)).isEqualTo("/console/first-user");
            assertThat(
                            other.submit("/console/login", "/console/link", Map.of("token", token))
                                    .statusCode())
                    .isEqualTo(401);
            assertThat(other.get(path).body()).contains("has expired or was used");

            assertThat(location(browser.get("/console"))).isEqualTo("/console/first-user");
            for (var wrong :
                    List.of(
                            Map.of("name", "ann", "password", PASSWORD, "repeated", "another"),
                            Map.of("name", "ann", "password", "short", "repeated", "short"),
                            Map.of("name", "<b>", "password", PASSWORD, "repeated", PASSWORD))) {
                var answer = browser.submit("/console/first-user", "/console/first-user", wrong);
                assertThat(answer.statusCode()).isEqualTo(400);
                assertThat(answer.body()).contains("role=\"alert\"").doesNotContain("<b>");
            }
            var csrf = browser.csrf("/console/first-user");
            var form = Map.of("name", "Ann", "password", PASSWORD, "repeated", PASSWORD);
            assertThat(location(browser.post("/console/first-user", form, csrf)))
                    .isEqualTo("/console/login?notice=made");
            assertThat(location(browser.get("/console/first-user"))).isEqualTo("/console/login");
            assertThat(browser.get("/console/login").body()).doesNotContain("no user yet");
            assertThat(browser.signIn("ann", PASSWORD).statusCode()).isEqualTo(303);
            assertThat(browser.get("/console").body()).contains("ann", "admin");
        }
        assertThat(output.getAll().split(Pattern.quote(token), -1))
                .as("the token is in the line of the start alone")
                .hasSizeLessThanOrEqualTo(2);
        assertThat(server.get("/admin/audit").body()).doesNotContain(token);
    }

    @Test
    @Order(2)
    void aSignInLeadsToThePageThatWasAskedFor() throws Exception {
        make("quin", "viewer");
        var page = "/console/requests?order=duration";
        try (var browser = browser()) {
            var login = location(browser.get(page));
            assertThat(login).startsWith("/console/login?next=");
            assertThat(browser.get(login).body()).contains("value=\"" + page + "\"");
            var wrong = Map.of("name", "quin", "password", "wrong", "next", page);
            assertThat(browser.submit(login, "/console/login", wrong).body())
                    .as("a second try leads there too")
                    .contains("value=\"" + page + "\"");
            var right = Map.of("name", "quin", "password", PASSWORD, "next", page);
            assertThat(location(browser.submit(login, "/console/login", right))).isEqualTo(page);
            assertThat(browser.get(page).statusCode()).isEqualTo(200);
        }
        try (var browser = browser()) {
            var form =
                    Map.of("name", "quin", "password", PASSWORD, "next", "//evil.example/console");
            assertThat(location(browser.submit("/console/login", "/console/login", form)))
                    .isEqualTo("/console");
        }
    }

    @Test
    @Order(2)
    void aSignInMakesANewSessionAndASignOutEndsIt() throws Exception {
        make("fay", "viewer");
        try (var browser = browser()) {
            browser.cookies.put("dlora-session", "planted-by-a-stranger");
            var csrf = browser.csrf("/console/login");
            var form = Map.of("name", "fay", "password", PASSWORD);
            assertThat(browser.post("/console/login", form, null).statusCode()).isEqualTo(403);
            assertThat(browser.post("/console/login", form, "wrong").statusCode()).isEqualTo(403);
            var answer = browser.post("/console/login", form, csrf);
            assertThat(answer.statusCode()).isEqualTo(303);
            var first = browser.cookies.get("dlora-session");
            assertThat(first).hasSizeGreaterThan(30).isNotEqualTo("planted-by-a-stranger");
            assertThat(answer.headers().allValues("Set-Cookie"))
                    .filteredOn(cookie -> cookie.startsWith("dlora-session"))
                    .singleElement()
                    .asString()
                    .containsIgnoringCase("HttpOnly")
                    .contains("Path=/", "SameSite=Lax")
                    .doesNotContain("Secure", "Max-Age");

            // Nor does a second sign-in go on with the id of the first.
            assertThat(browser.signIn("fay", PASSWORD).statusCode()).isEqualTo(303);
            var second = browser.cookies.get("dlora-session");
            assertThat(second).isNotEqualTo(first);
            try (var thief = browser()) {
                thief.cookies.put("dlora-session", first);
                assertThat(location(thief.get("/console"))).isEqualTo("/console/login");
            }

            assertThat(browser.post("/console/logout", Map.of(), null).statusCode()).isEqualTo(403);
            assertThat(location(browser.submit("/console", "/console/logout", Map.of())))
                    .isEqualTo("/console/login?notice=out");
            try (var thief = browser()) {
                thief.cookies.put("dlora-session", second);
                assertThat(location(thief.get("/console"))).isEqualTo("/console/login");
            }
        }
    }

    @Test
    @Order(3)
    void pagesHaveAStrictPolicy() throws Exception {
        try (var browser = signedIn("ann")) {
            for (var path :
                    List.of("/console", "/console/login", "/console/password", "/console/link")) {
                var answer = browser.get(path);
                assertThat(answer.statusCode()).isEqualTo(200);
                assertThat(answer.headers().firstValue("Content-Security-Policy").orElse(""))
                        .contains("default-src 'none'", "frame-ancestors 'none'")
                        .contains("form-action 'self'", "base-uri 'none'")
                        .doesNotContain("unsafe");
                assertThat(answer.headers().firstValue("X-Frame-Options")).hasValue("DENY");
                assertThat(answer.headers().firstValue("Referrer-Policy")).isPresent();
                assertThat(answer.headers().firstValue("Cache-Control").orElse(""))
                        .contains("no-store");
                assertThat(answer.body())
                        .startsWith("<!DOCTYPE html>")
                        .doesNotContain("style=", "onclick")
                        .doesNotContainPattern("<script(?! defer src=\"/console/assets/)");
            }
            assertThat(browser.get("/console/assets/console.css").statusCode()).isEqualTo(200);
            var missing = browser.get("/console/<script>".replace("<", "%3C").replace(">", "%3E"));
            assertThat(missing.statusCode()).isEqualTo(404);
            assertThat(missing.body()).contains("There is no such page").doesNotContain("<script>");
        }
        assertThat(server.get("/console").statusCode()).as("no browser").isEqualTo(401);
    }

    @Test
    @Order(4)
    void aSessionCallsTheAdministrationAsItsRoleMay() throws Exception {
        make("vic", "viewer");
        make("olga", "operator");
        var policy = "{\"policy\": \"unmerged\"}";
        try (var vic = signedIn("vic");
                var olga = signedIn("olga");
                var ann = signedIn("ann")) {
            for (var browser : List.of(vic, olga, ann)) {
                assertThat(browser.call("GET", "/admin/scheduling", null, null).statusCode())
                        .isEqualTo(200);
                assertThat(browser.call("PUT", "/admin/scheduling", null, policy).statusCode())
                        .as("no token")
                        .isEqualTo(403);
                assertThat(browser.call("PUT", "/admin/scheduling", "wrong", policy).statusCode())
                        .isEqualTo(403);
            }
            var olgas = olga.csrf("/console");
            assertThat(vic.call("PUT", "/admin/scheduling", vic.csrf("/console"), policy).body())
                    .contains("The user vic has the role viewer, but this call needs operator");
            assertThat(olga.call("PUT", "/admin/scheduling", olgas, policy).statusCode())
                    .isEqualTo(200);
            assertThat(ann.call("PUT", "/admin/scheduling", olgas, policy).statusCode())
                    .as("the token of another session")
                    .isEqualTo(403);
            assertThat(olga.call("GET", "/admin/users", null, null).statusCode()).isEqualTo(403);
            assertThat(ann.call("GET", "/admin/users", null, null).body())
                    .contains("\"vic\"", "\"viewer\"");
            assertThat(
                            JSON.readTree(olga.call("GET", "/v1/me", null, null).body())
                                    .get("key")
                                    .asString())
                    .isEqualTo("user:olga");
            await().atMost(LONG).until(() -> audit().contains("\"user:olga\""));
        }
    }

    private String audit() throws IOException, InterruptedException {
        return server.get("/admin/audit").body();
    }

    @Test
    @Order(5)
    void sessionsEndWhenTheyAreNotUsedAndAtTheEndOfTheirTime() throws Exception {
        make("tim", "viewer");
        try (var used = signedIn("tim");
                var unused = signedIn("tim")) {
            for (int i = 0; i < 24; i++) {
                clock.pass(Duration.ofMinutes(29));
                assertThat(used.get("/console").statusCode()).as("use %d", i).isEqualTo(200);
            }
            assertThat(location(unused.get("/console"))).isEqualTo("/console/login");
            clock.pass(Duration.ofMinutes(29));
            assertThat(location(used.get("/console"))).as("after 12 h").isEqualTo("/console/login");
        }
    }

    @Test
    @Order(6)
    void guessesAreLockedOutForAWhile() throws Exception {
        make("lou", "viewer");
        try (var known = signedIn("lou");
                var browser = browser()) {
            clock.pass(Duration.ofHours(1));
            for (int i = 0; i < 5; i++) {
                var wrong = browser.signIn("lou", "guess number " + i);
                assertThat(wrong.statusCode()).isEqualTo(401);
                assertThat(wrong.body()).contains("Name or password is wrong");
                assertThat(browser.signIn("nobody", "guess number " + i).statusCode())
                        .isEqualTo(401);
            }
            var locked = browser.signIn("lou", PASSWORD);
            assertThat(locked.statusCode()).isEqualTo(429);
            assertThat(locked.headers().firstValueAsLong("Retry-After").orElse(0))
                    .isBetween(1L, 60L);
            assertThat(browser.signIn("nobody", PASSWORD).statusCode()).isEqualTo(429);
            assertThat(known.signIn("lou", PASSWORD).statusCode())
                    .as("the user's own browser")
                    .isEqualTo(303);
            clock.pass(Duration.ofMinutes(1));
            assertThat(browser.signIn("lou", PASSWORD).statusCode()).isEqualTo(303);
            await().atMost(LONG).until(() -> audit().contains("user.sign_in_failed"));
            assertThat(audit()).doesNotContain("guess number", "nobody");
        }
        clock.pass(Duration.ofHours(1));
    }

    private static InputStream stream(HttpClient http, Browser user, String path)
            throws IOException, InterruptedException {
        var answer =
                http.send(
                        user.script("GET", path, null, null).build(), BodyHandlers.ofInputStream());
        assertThat(answer.statusCode()).isEqualTo(200);
        return answer.body();
    }

    private static String text(InputStream stream) {
        try {
            return new String(stream.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    @Order(7)
    void anotherPasswordEndsTheSessionsAndTheirStreams(@TempDir Path folder) throws Exception {
        make("pat", "operator");
        try (var first = signedIn("pat");
                var second = signedIn("pat");
                var http = HttpClient.newHttpClient();
                // Closed before the client, which would wait for its end.
                var stream = stream(http, first, "/admin/events");
                var panels = stream(http, first, "/console/live?panel=overview-totals")) {
            var events = CompletableFuture.supplyAsync(() -> text(stream));
            var figures = CompletableFuture.supplyAsync(() -> text(panels));
            var form =
                    Map.of(
                            "current",
                            PASSWORD,
                            "password",
                            "another password",
                            "repeated",
                            "another password");
            var wrong = Map.of("current", "x", "password", PASSWORD, "repeated", PASSWORD);
            assertThat(second.submit("/console/password", "/console/password", wrong).body())
                    .contains("The current password is wrong");
            assertThat(location(second.submit("/console/password", "/console/password", form)))
                    .isEqualTo("/console/login?notice=changed");
            assertThat(events)
                    .succeedsWithin(LONG)
                    .asString()
                    .contains("The session of user:pat has ended");
            assertThat(figures)
                    .succeedsWithin(LONG)
                    .asString()
                    .contains("event:overview-totals")
                    .containsPattern("event:ended\\s*(data:)?\\s*$");
            assertThat(location(first.get("/console"))).isEqualTo("/console/login");
            assertThat(location(second.get("/console"))).isEqualTo("/console/login");

            var file = Files.writeString(folder.resolve("password"), PASSWORD + "\n");
            assertThat(command("password", "pat", "--password-file=" + file)).contains("pat has");
        }
        try (var pat = signedIn("pat")) {
            assertThat(command("disable", "pat")).contains("pat is disabled");
            assertThat(location(pat.get("/console"))).isEqualTo("/console/login");
            assertThat(pat.signIn("pat", PASSWORD).statusCode()).isEqualTo(401);
            assertThat(command("list")).containsPattern("pat +operator +disabled +last sign-in");
            assertThat(command("delete", "pat")).contains("pat is removed");
        }
    }

    private String command(String... arguments) {
        var out = new StringWriter();
        var all = new String[arguments.length + 2];
        all[0] = "users";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        all[arguments.length + 1] = "--url=" + server.url();
        int code = CommandRunner.run(new PrintWriter(out, true), new PrintWriter(out, true), all);
        assertThat(code).as(out.toString()).isZero();
        return out.toString();
    }

    /** Users have shares of the pools of threads, as keys do. */
    @Test
    @Order(8)
    void aUserWhoTakesAShareOfTheThreadsLeavesOthersTheirs() throws Exception {
        make("una", "viewer");
        make("vera", "viewer");
        try (var una = signedIn("una");
                var vera = signedIn("vera")) {
            var held = new HeldPool(server.pools().catalogue()).fill("user:una");
            try {
                var refused = una.get("/console/adapters");
                assertThat(refused.statusCode()).isEqualTo(429);
                assertThat(refused.headers().firstValue("Retry-After")).contains("1");
                assertThat(refused.body()).contains("role=\"alert\"", "dlora.http.pools.catalogue");
                assertThat(vera.get("/console/adapters").statusCode()).isEqualTo(200);
                assertThat(server.get("/actuator/prometheus").body())
                        .contains(
                                "dlora_pool_refusals_total{pool=\"catalogue\",reason=\"share\"} 2.0",
                                "dlora_pool_refusals_total{pool=\"store\",reason=\"full\"} 0.0",
                                "dlora_pool_running{pool=\"catalogue\"} 4.0",
                                "dlora_pool_waiting{pool=\"catalogue\"} 128.0");
                assertThat(server.get("/actuator/health").body()).contains("\"status\":\"UP\"");
                assertThat(server.beanNames()).contains("poolsHealthIndicator");
            } finally {
                held.release();
            }
        }
    }

    @Test
    @Order(9)
    void aKeyClosesTheEndpointsAndNotTheConsole() throws Exception {
        make("kim", "operator");
        var made =
                server.post("/admin/keys", "{\"name\": \"root\", \"scopes\": [\"admin\"]}").body();
        var key = JSON.readTree(made).get("key").asString();
        assertThat(server.get("/admin/scheduling").statusCode()).isEqualTo(401);
        try (var kim = signedIn("kim")) {
            assertThat(kim.call("GET", "/admin/scheduling", null, null).statusCode())
                    .isEqualTo(200);
            assertThat(kim.call("GET", "/admin/keys", null, null).statusCode()).isEqualTo(403);
            try (var http = HttpClient.newHttpClient()) {
                var both = kim.script("GET", "/admin/keys", null, null);
                var answer =
                        http.send(
                                both.header("Authorization", "Bearer " + key).build(),
                                BodyHandlers.ofString());
                assertThat(answer.statusCode()).as("the key decides").isEqualTo(200);
                var console = kim.script("GET", "/console", null, null);
                assertThat(
                                http.send(
                                                console.header("Authorization", "Bearer " + key)
                                                        .build(),
                                                BodyHandlers.ofString())
                                        .statusCode())
                        .isEqualTo(401);
            }
        }
    }
}
