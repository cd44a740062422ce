package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.dlora.app.ConsoleBrowser.Look;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** The playground with scripts, without, and in each role. */
@TestInstance(Lifecycle.PER_CLASS)
class PlaygroundIT {
    private static final String PAGE = "/console/playground";
    private static final Duration LONG = Duration.ofMinutes(1);

    private BrowsedServer browsed;

    @BeforeAll
    void start(@TempDir Path home) throws Exception {
        browsed = BrowsedServer.start(home);
    }

    @AfterAll
    void stop() {
        browsed.close();
    }

    private Browser signedIn(String user) throws Exception {
        var browser = new Browser(browsed.server.url());
        assertThat(browser.signIn(user, BrowsedServer.PASSWORD).statusCode()).isEqualTo(303);
        return browser;
    }

    @Test
    void aFormIsAnsweredByAPageWithTheWholeAnswer() throws Exception {
        try (var browser = signedIn("operator")) {
            var form =
                    Map.of(
                            "model", "rot13",
                            "prompt", "The quick <b>fox</b>",
                            "temperature", "0",
                            "max_tokens", "60",
                            "logprobs", "true");
            var answer = browser.submit(PAGE, PAGE, form);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body())
                    .contains("<dt>First token</dt>", "class=\"token", "Tokens as a table")
                    .contains("The quick &lt;b&gt;fox&lt;/b&gt;")
                    .doesNotContain("<b>fox");
            assertThat(answer.body().replaceAll("<[^>]+>", ""))
                    .as("the tokens are the answer")
                    .contains("Gur dhvpx");
        }
    }

    @Test
    void refusalsOfTheEndpointAreWordsOfThePage() throws Exception {
        try (var browser = signedIn("operator")) {
            var form = Map.of("model", "nobody<i>", "prompt", "Hi");
            assertThat(browser.submit(PAGE, PAGE, form).body())
                    .contains("The model &#39;nobody&lt;i&gt;&#39; does not exist")
                    .doesNotContain("nobody<i>");
            assertThat(browser.submit(PAGE, PAGE, Map.of("prompt", "Hi", "top_p", "7")).body())
                    .contains("top_p");
            assertThat(browser.submit(PAGE, PAGE, Map.of("prompt", "Hi", "seed", "x")).body())
                    .contains("must be a number, but is");
            var none = browser.submit(PAGE, PAGE, Map.of("prompt", " "));
            assertThat(none.statusCode()).isEqualTo(400);
            assertThat(none.body()).contains("is empty. Fill it in.");
            assertThat(browser.submit(PAGE, PAGE, Map.of("prompt", "Hi", "history", "[1")).body())
                    .contains("Begin a new one");
        }
    }

    @Test
    void aViewerReadsThePageAndAsksNothing() throws Exception {
        try (var viewer = signedIn("viewer")) {
            var page = viewer.get(PAGE + "?model=upper");
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.body())
                    .contains("Operators and admins may use models", "upper")
                    .doesNotContain("id=\"playground\"");
            var csrf = viewer.csrf(PAGE);
            var form = Map.of("model", "upper", "prompt", "Hi");
            assertThat(viewer.post(PAGE, form, csrf).statusCode()).isEqualTo(403);
            assertThat(viewer.post(PAGE + "/code", form, csrf).statusCode()).isEqualTo(403);
        }
    }

    @Test
    void aPromptIsAnsweredByModelsSideBySide() {
        try (var browser = browsed.browser("operator", Look.LIGHT)) {
            browser.go(PAGE + "?model=upper&model=rot13");
            browser.all("main details summary").getFirst().click();
            browser.type("temperature", "0");
            browser.type("prompt", "hello");
            browser.press("Send");
            browser.awaitText("HELLO");
            browser.awaitText("uryyb");
            await().atMost(LONG)
                    .untilAsserted(() ->
                            assertThat(browser.one("#answers").getText())
                                    .contains("Ended by\nstop")
                                    .doesNotContain("Tokens\n–"));
            assertThat(browser.all("#answers .problem"))
                    .noneMatch(problem -> problem.isDisplayed());
            assertThat(browser.log()).isEmpty();
        }
    }

    @Test
    void aChatGoesOnAndItsProgramFollowsTheForm() {
        try (var browser = browsed.browser("operator", Look.LIGHT)) {
            browser.go(PAGE + "?model=upper");
            browser.all("main details summary").getFirst().click();
            browser.type("temperature", "0");
            browser.type("prompt", "one");
            browser.press("Send");
            browser.awaitText("ONE");
            await().atMost(LONG).until(() -> browser.value("main [name=prompt]").isEmpty());
            assertThat(browser.value("main [name=history]")).contains("\"user\"", "\"assistant\"");
            browser.type("prompt", "two");
            browser.all("main section details summary").getFirst().click();
            await().atMost(LONG)
                    .untilAsserted(() ->
                            assertThat(browser.one("#code-curl").getText()).contains("\"two\""));
            browser.press("Send");
            browser.awaitText("two");
            await().atMost(LONG).until(() -> browser.value("main [name=history]").contains("two"));
            assertThat(browser.one("#said").getText()).contains("one", "two");
            assertThat(browser.log()).isEmpty();
            var request = browser.links("#answers").getFirst();
            // The history writes it within some seconds.
            await().atMost(LONG)
                    .untilAsserted(() -> {
                        browser.go(request);
                        assertThat(browser.text()).contains("upper", "First token after");
                    });
        }
    }

    @Test
    void aModelThatIsNotThereIsToldWhereItsAnswerWouldStand() {
        try (var browser = browsed.browser("operator", Look.LIGHT)) {
            browser.go(PAGE + "?model=nobody");
            browser.type("prompt", "one");
            browser.press("Send");
            browser.awaitText("The model 'nobody' does not exist");
        }
    }

    @Test
    void theFormWorksWithoutScripts() {
        try (var browser = browsed.browserWithoutScripts("operator", Look.PHONE)) {
            browser.go(PAGE + "?model=upper&model=rot13");
            browser.all("main details summary").getFirst().click();
            browser.type("temperature", "0");
            browser.type("prompt", "hello");
            browser.one("main button[type=submit]").click();
            browser.awaitText("HELLO");
            browser.awaitText("uryyb");
            assertThat(browser.all("#answers article")).hasSize(2);
        }
    }
}
