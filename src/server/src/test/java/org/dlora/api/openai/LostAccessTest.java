package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.dlora.security.Access;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/** A filter that loses what a call may do leaves it nothing. */
@Import(LostAccessTest.Loss.class)
class LostAccessTest extends ApiTest {

    /** Behind the filter that says what calls may do. */
    static final class Loss implements WebFilter {
        @Override
        public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
            exchange.getAttributes().remove(Access.NAME);
            return chain.filter(exchange).contextWrite(known -> known.delete(Access.NAME));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /v1/models",
        "GET, /v1/models/demo",
        "POST, /v1/chat/completions",
        "POST, /v1/completions",
        "POST, /tokenize",
        "POST, /v1/load_lora_adapter",
        "POST, /v1/unload_lora_adapter"
    })
    void callsWithoutTheirAccessStartNothing(String method, String path) {
        var error =
                client().method(HttpMethod.valueOf(method))
                        .uri(path)
                        .contentType(MediaType.APPLICATION_JSON)
                        .bodyValue(ChatCompletionsTest.chat("demo", ""))
                        .exchange()
                        .expectStatus()
                        .isEqualTo(HttpStatus.INTERNAL_SERVER_ERROR)
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody();
        assertThat(json(String.valueOf(error)).get("error").get("type").asString())
                .isEqualTo("server_error");
        assertThat(engine.started).isEmpty();
    }

    @Test
    void pathsThatNeedNoKeyAnswer() {
        client().get().uri("/health").exchange().expectStatus().isOk();
    }

    @Test
    void anAttributeOfAnotherKindIsNone() {
        assertThatIllegalStateException().isThrownBy(() -> Access.of(null));
        assertThatIllegalStateException().isThrownBy(() -> Access.of("open"));
        assertThat(Access.find(null)).isEmpty();
        assertThat(Access.of(Access.OPEN)).isSameAs(Access.OPEN);
    }
}
