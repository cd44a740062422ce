package org.dlora.security.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;

class ConsoleCookiesTest {
    private static String cookie(String url) {
        var exchange = MockServerWebExchange.from(MockServerHttpRequest.get(url));
        return ConsoleCookies.of(exchange, "name", "value", -1).toString();
    }

    @Test
    void cookiesOfPagesWithTlsAreNotSentWithout() {
        assertThat(cookie("https://host/console/login"))
                .isEqualTo("name=value; Path=/console; Secure; HttpOnly; SameSite=Strict");
        assertThat(cookie("http://127.0.0.1:8080/console/login"))
                .isEqualTo("name=value; Path=/console; HttpOnly; SameSite=Strict");
    }
}
