package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.SoftAssertions;
import org.dlora.app.ConsoleBrowser.Look;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * All pages of the console in a browser, at a server with traffic. They are found by their links
 * from the menu on: one page of each path.
 */
@TestInstance(Lifecycle.PER_CLASS)
class ConsolePagesIT {
    private static final Duration LONG = Duration.ofMinutes(1);

    private BrowsedServer browsed;
    private List<String> pages = List.of();

    @BeforeAll
    void start(@TempDir Path home) throws Exception {
        browsed = BrowsedServer.start(home);
        try (var browser = browsed.browser("admin", Look.LIGHT)) {
            pages = ConsolePages.of(browser);
        }
    }

    @AfterAll
    void stop() {
        browsed.close();
    }

    @ParameterizedTest
    @EnumSource
    void pagesAreSoundAndAccessible(Look look) throws IOException {
        var softly = new SoftAssertions();
        try (var browser = browsed.browser("admin", look)) {
            browser.log();
            for (var page : pages) {
                browser.go(page);
                assertSound(softly, browser, look + " " + page);
                softly.assertThat(browser.isTooWide())
                        .as("%s %s is wider than the window", look, page)
                        .isFalse();
                softly.assertThat(browser.accessibilityIssues())
                        .as("axe-core at %s %s", look, page)
                        .isEmpty();
                softly.assertThat(browser.log()).as("log of %s %s", look, page).isEmpty();
            }
        }
        softly.assertAll();
    }

    private static void assertSound(SoftAssertions softly, ConsoleBrowser browser, String page) {
        softly.assertThat(browser.title()).as("title of %s", page).endsWith(" – dLoRA");
        softly.assertThat(browser.all("main h1")).as("heading of %s", page).hasSize(1);
        softly.assertThat(browser.all("main *").size()).as("elements of %s", page).isGreaterThan(3);
        softly.assertThat(browser.text())
                .as("text of %s", page)
                .doesNotContain("There is no such page", "The server failed", "Exception");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/console/adapters", "/console/requests"})
    void tablesFitAPhone(String page) {
        try (var browser = browsed.browser("admin", Look.PHONE)) {
            browser.go(page);
            browser.awaitUpdates(1);
            assertThat(browser.all("main .table")).isNotEmpty();
            var tooWide =
                    browser.run(
                            """
                            return [...document.querySelectorAll('main .table')]
                              .filter(table => table.scrollWidth > table.clientWidth)
                              .map(table => table.textContent.slice(0, 200));
                            """);
            assertThat(tooWide).asInstanceOf(InstanceOfAssertFactories.LIST).isEmpty();
        }
    }

    /** Legends had two placeholders, and American dates with a clock of 12 hours. */
    @Test
    void legendsWriteFiguresAndTimesAsThePagesDo() {
        var adapter =
                pages.stream()
                        .filter(page -> page.startsWith("/console/adapter?"))
                        .findFirst()
                        .orElseThrow();
        try (var browser = browsed.browser("admin", Look.LIGHT)) {
            for (var page : List.of("/console/replica?id=0", adapter)) {
                browser.go(page);
                await().atMost(LONG).until(() -> !browser.all(".u-legend").isEmpty());
                assertThat(legends(browser)).as(page).contains("–").doesNotContain("--");
            }
            browser.run(
                    """
                    for (const over of document.querySelectorAll('.u-over')) {
                      const box = over.getBoundingClientRect();
                      const at = {clientX: box.left + box.width / 2, clientY: box.top + box.height / 2, bubbles: true};
                      over.dispatchEvent(new MouseEvent('mouseenter', at));
                      over.dispatchEvent(new MouseEvent('mousemove', at));
                    }
                    """);
            await().atMost(LONG)
                    .untilAsserted(() ->
                            assertThat(legends(browser))
                                    .containsPattern("\\d\\d:\\d\\d")
                                    .doesNotContainPattern("\\d/\\d|\\d ?[ap]m"));
        }
    }

    private static String legends(ConsoleBrowser browser) {
        return String.valueOf(
                browser.run(
                        """
                        return [...document.querySelectorAll('.u-legend')]
                          .map(legend => legend.textContent).join(' ');
                        """));
    }

    @Test
    void pagesHaveTheirContentWithoutScripts() {
        var softly = new SoftAssertions();
        try (var browser = browsed.browserWithoutScripts("admin", Look.LIGHT)) {
            for (var page : pages) {
                browser.go(page);
                assertSound(softly, browser, page);
                if (!browser.all("figure[data-chart]").isEmpty()) {
                    softly.assertThat(browser.all("main details table"))
                            .as("tables of the charts of %s", page)
                            .isNotEmpty();
                }
            }
        }
        softly.assertAll();
    }

    @ParameterizedTest
    @ValueSource(strings = {"viewer", "operator"})
    void otherRolesHaveTheirPages(String role) {
        var softly = new SoftAssertions();
        try (var browser = browsed.browser(role, Look.LIGHT)) {
            var menu = new ArrayList<>(browser.links("nav"));
            softly.assertThat(menu).as("menu of a %s", role).doesNotContain("/console/access");
            for (var page : menu) {
                browser.go(page);
                assertSound(softly, browser, role + " " + page);
            }
            browser.log();
            browser.go("/console/access");
            softly.assertThat(browser.text()).contains("Not allowed");
        }
        softly.assertAll();
    }
}
