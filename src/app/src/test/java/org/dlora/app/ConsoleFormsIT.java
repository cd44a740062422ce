package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.dlora.app.ConsoleBrowser.Look;
import org.dlora.console.page.Formats;
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
import org.junit.jupiter.api.io.TempDir;

/** An operator's use of the console's forms, in a browser, while the server has traffic. */
@TestInstance(Lifecycle.PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
class ConsoleFormsIT {
    private static final Path ADAPTERS = TestFiles.demo("adapters");
    private static final Duration LONG = Duration.ofMinutes(1);

    /** Time of a step; a stream lasts long enough to be moved by hand. */
    private static final Duration STEP = Duration.ofMillis(20);

    private static final int STREAMED = 900;

    private BrowsedServer browsed;
    private ConsoleBrowser browser;

    @TempDir Path files;

    @BeforeAll
    void start(@TempDir Path home) throws Exception {
        var device = new FaultyDevice(true);
        for (var replica : new String[] {"0", "1"}) {
            device.fault(replica, () -> LockSupport.parkNanos(STEP.toNanos()));
        }
        browsed = BrowsedServer.startOn(device, home);
        browser = browsed.browser("admin", Look.LIGHT);
    }

    @AfterAll
    void stop() {
        if (browser != null) {
            browser.close();
        }
        browsed.close();
    }

    private Path archive(String name, String adapter, String... left) throws IOException {
        var archive = files.resolve(name);
        try (var zip = new ZipOutputStream(Files.newOutputStream(archive));
                var all = Files.list(ADAPTERS.resolve(adapter))) {
            for (var file : all.toList()) {
                if (List.of(left).contains(file.getFileName().toString())) {
                    continue;
                }
                zip.putNextEntry(new ZipEntry(file.getFileName().toString()));
                Files.copy(file, zip);
            }
        }
        return archive;
    }

    private void upload(String name, Path archive) {
        browser.go("/console/adapters/add");
        browser.one("#upload-name").sendKeys(name);
        browser.one("#files").sendKeys(archive.toAbsolutePath().toString());
        browser.press("Upload and serve");
    }

    @Test
    @Order(0)
    void anOpenPageSaysThatItsSessionHasEnded() throws Exception {
        try (var open = browsed.browser("viewer", Look.PHONE)) {
            open.go("/console");
            open.awaitUpdates(1);
            assertThat(open.one("#session-ended").isDisplayed()).isFalse();
            var changed = browsed.server.put("/admin/users/viewer", "{\"role\": \"operator\"}");
            assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
            await().atMost(LONG).until(() -> open.one("#session-ended").isDisplayed());
        }
    }

    @Test
    @Order(0)
    void theKeyboardsFocusOutlivesUpdates() {
        browser.go("/console/adapters");
        await().atMost(LONG).until(() -> !browser.all("[sse-swap] td a").isEmpty());
        var focused =
                browser.run(
                        """
                        const link = document.querySelector('[sse-swap] td a');
                        link.focus();
                        link.dataset.before = '';
                        return link.href;
                        """);
        await().atMost(LONG).until(() -> browser.all("[data-before]").isEmpty());
        assertThat(browser.run("return document.activeElement.href")).isEqualTo(focused);
    }

    @Test
    @Order(1)
    void aGoodAdapterIsUploadedAndTried() throws Exception {
        upload("mine", archive("mine.zip", "rot13"));
        browser.awaitText("The adapter is served.");
        browser.press("To the adapter");
        browser.awaitPath("/console/adapter");
        browser.press("Try it");
        browser.awaitPath("/console/playground");
        browser.all("main details summary").getFirst().click();
        browser.type("temperature", "0");
        browser.type("prompt", "hello");
        browser.press("Send");
        browser.awaitText("uryyb");
        assertThat(browser.log()).isEmpty();
    }

    @Test
    @Order(2)
    void aBadAdapterIsRefusedWithTheReason() throws Exception {
        upload("broken", archive("broken.zip", "rot13", AdapterFiles.CONFIG));
        browser.awaitText("failed");
        browser.awaitText(AdapterFiles.CONFIG);
        assertThat(browsed.server.models()).contains("mine").doesNotContain("broken");
    }

    @Test
    @Order(3)
    void anAliasIsSplitBetweenVersions() throws Exception {
        browser.go("/console/adapters/add?name=mine");
        browser.one("#files").sendKeys(archive("again.zip", "upper").toAbsolutePath().toString());
        assertThat(browser.one("#upload-name").getDomProperty("value")).isEqualTo("mine");
        browser.press("Upload the version");
        browser.awaitText("Version 2 is there.");
        assertThat(browsed.server.get("/admin/adapters/mine/aliases").body())
                .as("requests for the name")
                .contains("\"versions\":{\"1\":1}");
        browser.press("Give it requests");
        browser.awaitPath("/console/adapter");
        browser.open("Add an alias");
        browser.one("#alias").sendKeys("beta");
        browser.one("#new-weight-1").sendKeys("3");
        browser.one("#new-weight-2").sendKeys("1");
        browser.press("Add the alias");
        browser.awaitText("@beta");
        assertThat(browsed.server.get("/admin/adapters/mine").body()).contains("beta");
    }

    @Test
    @Order(4)
    void anAdapterIsPinned() {
        browser.go("/console/adapter?name=title");
        browser.press("Pin: load it everywhere and never evict it");
        browser.awaitText("Unpin");
        assertThat(browser.all("main [role=status]")).isNotEmpty();
    }

    @Test
    @Order(5)
    void thePolicyIsSwitched() throws Exception {
        browser.go("/console");
        browser.one("input[name=policy][value=unmerged]").click();
        browser.press("Switch");
        browser.awaitText("The policy is unmerged now.");
        assertThat(browsed.server.get("/admin/scheduling").body()).contains("unmerged");
        browser.one("input[name=policy][value=dlora]").click();
        browser.press("Switch");
        browser.awaitText("The policy is dlora now.");
    }

    /**
     * The form had the policy of the page's load checked, so that a switch would have set it again.
     */
    @Test
    @Order(5)
    void theFormFollowsThePolicyUntilOneIsChosen() throws Exception {
        browser.go("/console");
        setPolicy("merged");
        awaitInForce("merged");
        assertThat(checkedPolicy()).isEqualTo("merged");
        browser.one("input[name=policy][value=unmerged]").click();
        setPolicy("dlora");
        awaitInForce("dlora");
        assertThat(checkedPolicy()).isEqualTo("unmerged");
    }

    private void setPolicy(String policy) throws Exception {
        var changed =
                browsed.server.put("/admin/scheduling", "{\"policy\": \"%s\"}".formatted(policy));
        assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
    }

    private void awaitInForce(String policy) {
        await().atMost(LONG)
                .untilAsserted(() ->
                        assertThat(
                                        browser.run(
                                                """
                                                return [...document.querySelectorAll('[data-in-force]:not([hidden])')]
                                                  .map(words => words.dataset.inForce).join();
                                                """))
                                .isEqualTo(policy));
    }

    private String checkedPolicy() {
        return String.valueOf(
                browser.run("return document.querySelector('input[name=policy]:checked').value"));
    }

    @Test
    @Order(6)
    void aRequestMovesWhileItStreams() throws Exception {
        var begun = new CompletableFuture<Void>();
        try (var client = Executors.newSingleThreadExecutor()) {
            var stream =
                    client.submit(() ->
                            browsed.server.stream(
                                    "/v1/completions",
                                    """
                                    {"model": "spell", "prompt": "one", "stream": true, "ignore_eos": true, "max_tokens": %d, "temperature": 0}\
                                    """
                                            .formatted(STREAMED),
                                    begun));
            begun.get(1, TimeUnit.MINUTES);
            browser.go("/console/migrations/move");
            var option =
                    browser.all("#request option").stream()
                            .filter(one -> one.getText().startsWith("spell on"))
                            .findFirst()
                            .orElseThrow();
            var id = String.valueOf(option.getDomProperty("value"));
            var source = Pattern.compile("on replica (\\w+)").matcher(option.getText());
            assertThat(source.find()).isTrue();
            var target = source.group(1).equals("0") ? "1" : "0";
            browser.choose("#request", id);
            browser.choose("#request-to", target);
            browser.press("Move the request");
            browser.awaitText("Request %s has moved from replica".formatted(id));
            await().atMost(LONG)
                    .untilAsserted(() -> {
                        browser.go("/console/migrations?model=spell");
                        assertThat(browser.text()).contains(Formats.ALL.shortId(id), "moved");
                    });
            assertThat(stream.get())
                    .as("the stream went on")
                    .contains("\"finish_reason\":\"length\"")
                    .contains("data: [DONE]");
        }
    }

    @Test
    @Order(7)
    void aRebalanceIsPlannedAndAppliedIfItMovesAnything() {
        browser.go("/console/migrations");
        browser.press("Plan a rebalance…");
        browser.awaitText("Nothing has moved yet");
        if (browser.text().contains("Rebalance now")) {
            browser.press("Rebalance now");
            browser.awaitPath("/console/migrations");
        }
        assertThat(browser.all("main [role=alert]")).isEmpty();
    }

    @Test
    @Order(8)
    void aReplicaIsDrainedAndTakesRequestsAgain() {
        browser.go("/console/replica?id=1");
        browser.press("Drain…");
        browser.press("Drain");
        browser.awaitText("Replica 1 drains");
        browser.press("Resume…");
        browser.press("Resume");
        browser.awaitText("Replica 1 takes requests again");
    }

    @Test
    @Order(9)
    void aKeyIsMadeAndRevoked() throws Exception {
        browser.go("/console/access/new-team");
        browser.type("name", "first");
        browser.press("Make the team");
        browser.awaitText("The team is made.");
        browser.go("/console/access/new-key?team=first");
        assertThat(browser.one("select[name=team]").getDomProperty("value")).isEqualTo("first");
        browser.go("/console/access/new-key");
        browser.type("name", "root");
        assertThat(browser.one("input[name=scopes][value=admin]").isSelected())
                .as("the scope that the first key needs")
                .isTrue();
        browser.press("Make the key");
        browser.awaitText("The new key");
        var key = browser.one("#secret").getText();
        assertThat(browsed.server.get("/admin/scheduling").statusCode()).isEqualTo(401);
        assertThat(status(key)).isEqualTo(200);
        assertKeysFitAPhone();
        browser.go("/console/access");
        browser.one("input[name=id][aria-label='Choose root']").click();
        browser.press("Revoke the chosen keys…");
        browser.press("Revoke for good");
        browser.awaitText("Revoked: root.");
        assertThat(status(key)).isEqualTo(401);
    }

    private void assertKeysFitAPhone() throws Exception {
        try (var phone = browsed.browser("admin", Look.PHONE)) {
            phone.go("/console/access");
            assertThat(phone.all("main td[data-label='Tokens this month']")).isNotEmpty();
            assertThat(
                            phone.run(
                                    """
                                    const table = document.querySelector('main .table');
                                    return table.scrollWidth > table.clientWidth;
                                    """))
                    .as("scrolls sideways")
                    .isEqualTo(false);
        }
    }

    private int status(String key) throws IOException, InterruptedException {
        try (var http = HttpClient.newHttpClient()) {
            return http.send(
                            HttpRequest.newBuilder(
                                            URI.create(browsed.server.url() + "/admin/scheduling"))
                                    .header("Authorization", "Bearer " + key)
                                    .build(),
                            BodyHandlers.discarding())
                    .statusCode();
        }
    }
}
