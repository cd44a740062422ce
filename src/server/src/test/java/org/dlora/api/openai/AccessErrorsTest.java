package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.dlora.api.web.Errors;
import org.dlora.security.AccessChangeException;
import org.dlora.security.AccessUnavailableException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.http.HttpStatus;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;

/** Answers to refused changes of keys, teams and users. */
class AccessErrorsTest {

    static Stream<Arguments> refusals() {
        return Stream.of(
                Arguments.of(
                        AccessChangeException.invalid("name", "Too long."),
                        HttpStatus.BAD_REQUEST,
                        "\"param\":\"name\""),
                Arguments.of(
                        AccessChangeException.unknown("key", "/admin/keys"),
                        HttpStatus.NOT_FOUND,
                        "\"message\":\"There is no such key; GET /admin/keys lists them.\""),
                Arguments.of(
                        AccessChangeException.conflict("It has ended."),
                        HttpStatus.CONFLICT,
                        "\"message\":\"It has ended.\""),
                Arguments.of(
                        new AccessUnavailableException("Away", null),
                        HttpStatus.SERVICE_UNAVAILABLE,
                        "\"code\":\"store_unavailable\""));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void aRefusalHasItsStatusAndWords(RuntimeException refusal, HttpStatus status, String part) {
        var exchange = MockServerWebExchange.from(MockServerHttpRequest.get("/admin/keys"));
        new Errors().handle(exchange, refusal).block();
        assertThat(exchange.getResponse().getStatusCode()).isEqualTo(status);
        assertThat(exchange.getResponse().getBodyAsString().block()).contains(part);
    }
}
