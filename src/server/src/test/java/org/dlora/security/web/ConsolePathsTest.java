package org.dlora.security.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;

/** Pages that a sign-in may lead to. */
class ConsolePathsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/console",
                "/console/requests?order=duration",
                "/console/adapter?name=%E4%BD%A0%20b%26c",
                "/console/adapter?name=a/b@2"
            })
    void pagesOfTheConsoleAreLedTo(String page) {
        assertThat(ConsolePaths.page(page)).isEqualTo(page);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "//evil.example/console",
                "https://evil.example/console",
                "/consoles",
                "/console@evil.example",
                "/console\\evil",
                "/console/requests\r\nSet-Cookie: a=b",
                "/console/requests#\u0000",
                "/v1/models",
                "/console/login?next=/console",
                "/console/logout",
                "/console/link?token=t",
                "/console/live?panel=overview"
            })
    void otherPathsLeadToTheOverview(String page) {
        assertThat(ConsolePaths.page(page)).isEqualTo("/console");
    }

    @Test
    void longPagesLeadToTheOverview() {
        assertThat(ConsolePaths.page("/console/requests?id=" + "a".repeat(3000)))
                .isEqualTo("/console");
        assertThat(ConsolePaths.page(null)).isEqualTo("/console");
    }

    @Test
    void theSignInKnowsThePage() {
        assertThat(
                        login(
                                MockServerHttpRequest.get(
                                        "/console/requests?order=duration&id={id}", "a&b")))
                .isEqualTo(
                        "/console/login?next=%2Fconsole%2Frequests%3Forder%3Dduration%26id%3Da%2526b");
        assertThat(login(MockServerHttpRequest.get("/console"))).isEqualTo("/console/login");
        assertThat(login(MockServerHttpRequest.post("/console/requests")))
                .as("forms are not sent again")
                .isEqualTo("/console/login");
    }

    private static String login(MockServerHttpRequest.BaseBuilder<?> call) {
        return ConsolePaths.login(MockServerWebExchange.from(call.build()));
    }
}
