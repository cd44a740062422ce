package org.dlora.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.openqa.selenium.By;
import org.openqa.selenium.NoSuchElementException;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/**
 * The system's Chromium without a window, at the console of a server. Where there is none, the test
 * is skipped and says so; in CI it fails.
 */
final class ConsoleBrowser implements AutoCloseable {
    /** Look of the pages: colours and width. */
    enum Look {
        LIGHT(1280, 800),
        DARK(1280, 800),
        PHONE(390, 844);

        final int width;
        final int height;

        Look(int width, int height) {
            this.width = width;
            this.height = height;
        }
    }

    private static final List<Path> CHROMIUM = paths("chromium", "chromium-browser");
    private static final List<Path> DRIVER = paths("chromedriver");
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final int HIGHEST = 1600;

    static {
        // A part of a page may be replaced between the search for an element and its use.
        Awaitility.ignoreExceptionsByDefaultMatching(e ->
                e instanceof StaleElementReferenceException || e instanceof NoSuchElementException);
    }

    private final String url;
    private final Look look;
    private final ChromeDriverService service;
    private final ChromeDriver driver;

    private static List<Path> paths(String... programs) {
        return Stream.of(programs)
                .flatMap(program ->
                        Stream.of("/usr/bin/", "/usr/lib/chromium/")
                                .map(folder -> Path.of(folder + program)))
                .toList();
    }

    private static @Nullable Path found(List<Path> places) {
        return places.stream().filter(Files::isExecutable).findFirst().orElse(null);
    }

    private ConsoleBrowser(String url, Look look, boolean hasScripts) {
        this.url = url;
        this.look = look;
        var chromium = found(CHROMIUM);
        var program = found(DRIVER);
        if (chromium == null || program == null) {
            var words = "Needs chromium and chromium-driver of the system (Debian's names)";
            assertThat(System.getenv("CI")).as(words).isNull();
            Assumptions.abort(words);
        }
        service =
                new ChromeDriverService.Builder()
                        .usingDriverExecutable(program.toFile())
                        .usingAnyFreePort()
                        .build();
        driver = new ChromeDriver(service, options(chromium, hasScripts));
        driver.manage().timeouts().pageLoadTimeout(LONG);
        driver.manage().timeouts().scriptTimeout(LONG);
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of(
                        "width",
                        look.width,
                        "height",
                        look.height,
                        "deviceScaleFactor",
                        1,
                        "mobile",
                        look == Look.PHONE));
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of(
                        "features",
                        List.of(
                                Map.of(
                                        "name",
                                        "prefers-color-scheme",
                                        "value",
                                        look == Look.DARK ? "dark" : "light"))));
    }

    private ChromeOptions options(Path chromium, boolean hasScripts) {
        var options = new ChromeOptions();
        options.setBinary(chromium.toFile());
        options.addArguments(
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
                "--window-size=%d,%d".formatted(look.width, look.height));
        var logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        options.setCapability(ChromeOptions.LOGGING_PREFS, logs);
        if (!hasScripts) {
            options.setExperimentalOption(
                    "prefs", Map.of("profile.managed_default_content_settings.javascript", 2));
        }
        return options;
    }

    static ConsoleBrowser open(String url, Look look) {
        return new ConsoleBrowser(url, look, true);
    }

    static ConsoleBrowser openWithoutScripts(String url, Look look) {
        return new ConsoleBrowser(url, look, false);
    }

    /** Signs in by the form. */
    void signIn(String name, String password) {
        go("/console/login");
        type("name", name);
        type("password", password);
        press("Sign in");
        awaitPath("/console");
    }

    void go(String path) {
        driver.get(url + path);
    }

    /** Returns path and query of the page. */
    String path() {
        var at = URI.create(driver.getCurrentUrl());
        return at.getRawQuery() == null
                ? at.getRawPath()
                : at.getRawPath() + "?" + at.getRawQuery();
    }

    /** Waits until the browser is at a path, whatever its query. */
    void awaitPath(String path) {
        await().atMost(LONG)
                .until(() -> URI.create(driver.getCurrentUrl()).getRawPath(), path::equals);
    }

    String title() {
        return String.valueOf(driver.getTitle());
    }

    List<WebElement> all(String selector) {
        return driver.findElements(By.cssSelector(selector));
    }

    WebElement one(String selector) {
        return driver.findElement(By.cssSelector(selector));
    }

    /** Returns the value of a field; empty text if it has none. */
    String value(String selector) {
        var value = one(selector).getDomProperty("value");
        return value == null ? "" : value;
    }

    /** Returns the text of the page below its menu, as a reader sees it. */
    String text() {
        return one("main").getText();
    }

    /** Waits until the page says something. */
    void awaitText(String words) {
        await().atMost(LONG)
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(text()).contains(words));
    }

    /** Fills in the field with this name in the page's content. */
    void type(String field, String text) {
        var element = one("main [name='" + field + "']");
        element.clear();
        element.sendKeys(text);
    }

    /** Presses the first button, or follows the first link, with this text, once it is there. */
    void press(String words) {
        await().atMost(LONG).ignoreExceptions().untilAsserted(() -> click(words));
    }

    private void click(String words) {
        var found =
                all("main button, main a").stream()
                        .filter(element -> element.getText().strip().equals(words))
                        .filter(WebElement::isDisplayed)
                        .findFirst()
                        .orElseThrow(() ->
                                new AssertionError(
                                        "No '%s' at %s:%n%s".formatted(words, path(), text())));
        driver.executeScript("arguments[0].scrollIntoView({block: 'center'})", found);
        found.click();
    }

    /** Opens what has this summary. */
    void open(String summary) {
        all("main summary").stream()
                .filter(one -> one.getText().strip().equals(summary))
                .findFirst()
                .orElseThrow(() ->
                        new AssertionError("No '%s' at %s:%n%s".formatted(summary, path(), text())))
                .click();
    }

    /** Chooses an option of a list by its value. */
    void choose(String list, String value) {
        one(list + " option[value='" + value + "']").click();
    }

    @Nullable Object run(String script, Object... arguments) {
        return driver.executeScript(script, arguments);
    }

    /** Runs a script whose last argument is the function that takes its result. */
    @Nullable Object runAsync(String script, Object... arguments) {
        return driver.executeAsyncScript(script, arguments);
    }

    /**
     * Returns links to other pages of the console: path and query, in the page's order. Read at
     * once, as live parts may be replaced meanwhile.
     */
    @SuppressWarnings("unchecked")
    List<String> links(String within) {
        var found =
                driver.executeScript(
                        """
                        return [...document.querySelectorAll(arguments[0] + ' a[href]:not([download])')]
                          .map(link => new URL(link.href))
                          .filter(to => to.origin === location.origin && to.pathname.startsWith('/console'))
                          .map(to => to.pathname + to.search);
                        """,
                        within);
        return (List<String>) requireNonNull(found);
    }

    /** Returns what the browser has logged since the last call, as violations and errors. */
    List<String> log() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
                .map(entry -> entry.getLevel() + " " + entry.getMessage())
                .toList();
    }

    /** Returns whether the page is wider than the window, so that it scrolls sideways. */
    boolean isTooWide() {
        var width = driver.executeScript("return document.documentElement.scrollWidth");
        return ((Number) requireNonNull(width)).intValue() > look.width;
    }

    /** Returns what axe-core calls serious or critical, one a line with the elements. */
    @SuppressWarnings("unchecked")
    List<String> accessibilityIssues() throws IOException {
        // By the driver, for which the page's Content-Security-Policy does not hold.
        driver.executeScript(axe() + "; window.axe = axe;");
        var found =
                driver.executeAsyncScript(
                        """
                        const done = arguments[arguments.length - 1];
                        axe.run(document, {resultTypes: ['violations']}).then(
                          result => done(result.violations
                            .filter(one => ['serious', 'critical'].includes(one.impact))
                            .map(one => one.id + ': ' + one.help + ': '
                              + one.nodes.map(node => node.html).slice(0, 5).join(' | '))),
                          problem => done(['axe failed: ' + problem]));
                        """);
        return (List<String>) requireNonNull(found);
    }

    private static String axe() throws IOException {
        try (var script = ConsoleBrowser.class.getResourceAsStream("/axe.min.js")) {
            return new String(requireNonNull(script).readAllBytes(), UTF_8);
        }
    }

    /** Waits for some updates of the page's live parts; a page without them needs none. */
    void awaitUpdates(int count) {
        driver.executeAsyncScript(
                """
                const done = arguments[1];
                let left = arguments[0];
                // Panels without a change send nothing.
                setTimeout(done, 4000);
                if (!document.querySelector('[sse-connect]')) requestAnimationFrame(() => done());
                else document.body.addEventListener('htmx:sseMessage', () => { if (--left === 0) requestAnimationFrame(() => done()); });
                """,
                count);
    }

    /** Returns a picture of the whole page, up to a height, as PNG. */
    byte[] picture() {
        var metrics = driver.executeCdpCommand("Page.getLayoutMetrics", Map.of());
        var size = (Map<?, ?>) requireNonNull(metrics.get("cssContentSize"));
        double height = ((Number) requireNonNull(size.get("height"))).doubleValue();
        var answer =
                driver.executeCdpCommand(
                        "Page.captureScreenshot",
                        Map.of(
                                "format",
                                "png",
                                "captureBeyondViewport",
                                true,
                                "clip",
                                Map.of(
                                        "x", 0,
                                        "y", 0,
                                        "width", look.width,
                                        "height", Math.min(HIGHEST, Math.max(1, height)),
                                        "scale", 1)));
        return Base64.getDecoder().decode(String.valueOf(answer.get("data")));
    }

    @Override
    public void close() {
        try {
            driver.quit();
        } finally {
            service.stop();
        }
    }
}
