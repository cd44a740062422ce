package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.dlora.app.ConsoleBrowser.Look;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Makes the pictures of {@code docs/console.md}: each page of the menu, and one of an adapter, a
 * replica and a request, in light, dark and on a phone. {@code -Ddlora.test.pictures=docs/images}
 * names the folder. Pictures in each build would change with each figure on them, so they are made
 * when they are asked for.
 */
@EnabledIfSystemProperty(named = "dlora.test.pictures", matches = ".+")
class ConsolePicturesIT {
    private static final int MOST_BYTES = 300_000;
    private static final List<String> SUBJECTS =
            List.of(
                    "/console/adapter",
                    "/console/replica",
                    "/console/request",
                    "/console/adapters/add",
                    "/console/first-run");

    private final Path folder = Path.of(System.getProperty("dlora.test.pictures", "."));

    @Test
    void pagesHaveTheirPictures(@TempDir Path home) throws Exception {
        Files.createDirectories(folder);
        try (var browsed = BrowsedServer.start(home)) {
            Map<String, String> pages = new LinkedHashMap<>();
            for (var look : Look.values()) {
                try (var browser = browsed.browser("admin", look)) {
                    if (pages.isEmpty()) {
                        pages.putAll(pages(browser));
                        sendDemoTraffic(browser);
                    }
                    for (var page : pages.entrySet()) {
                        take(browser, page.getKey(), page.getValue(), look);
                    }
                }
            }
        }
    }

    /** Returns pages by the names of their pictures. */
    private static Map<String, String> pages(ConsoleBrowser browser) {
        browser.go("/console");
        var menu = browser.links("nav");
        Map<String, String> pages = new LinkedHashMap<>();
        for (var page : ConsolePages.of(browser)) {
            var path = page.replaceFirst("[?#].*", "");
            if (menu.contains(page) || SUBJECTS.contains(path)) {
                var name = path.substring("/console".length()).replaceFirst("/", "");
                pages.put(name.isEmpty() ? "overview" : name.replace('/', '-'), page);
            }
        }
        // The last, when there was traffic and they have something to show.
        for (var page : List.of("adapters", "migrations", "overview")) {
            pages.put(page, pages.remove(page));
        }
        return pages;
    }

    private static void sendDemoTraffic(ConsoleBrowser browser) {
        browser.go("/console/first-run");
        browser.press("Send demo traffic");
    }

    private void take(ConsoleBrowser browser, String name, String page, Look look)
            throws IOException {
        browser.go(page);
        if (name.equals("playground")) {
            ask(browser);
        }
        browser.awaitUpdates(3);
        var file =
                folder.resolve(
                        "console-%s-%s.png".formatted(name, look.name().toLowerCase(Locale.ROOT)));
        var png = SmallPng.of(browser.picture());
        assertThat(png.length).as("bytes of %s", file).isLessThan(MOST_BYTES);
        Files.write(file, png);
    }

    private static void ask(ConsoleBrowser browser) {
        browser.go("/console/playground?model=rot13&model=upper");
        var parameters = browser.all("main details summary").getFirst();
        parameters.click();
        browser.type("temperature", "0");
        parameters.click();
        browser.type("prompt", "The quick brown fox");
        browser.press("Send");
        browser.awaitText("Gur dhvpx oebja sbk");
        browser.awaitText("THE QUICK BROWN FOX");
    }
}
