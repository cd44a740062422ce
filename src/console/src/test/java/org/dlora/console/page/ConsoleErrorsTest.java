package org.dlora.console.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.dlora.api.pools.HeldPool;
import org.dlora.api.pools.PoolSettings;
import org.dlora.api.pools.WorkPool;
import org.dlora.api.web.ApiException;
import org.dlora.operate.CommandRefusedException;
import org.dlora.operate.CommandRefusedException.Kind;
import org.dlora.security.AccessRefusedException;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import reactor.core.publisher.Mono;

class ConsoleErrorsTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final ConsoleErrors errors = new ConsoleErrors(new PageRenderer());

    /** Refuses a page its place in the pool, and returns the exchange with the browser. */
    private MockServerWebExchange page(Mono<?> refused) {
        var exchange =
                MockServerWebExchange.from(
                        MockServerHttpRequest.get("/console/adapters")
                                .header(HttpHeaders.ACCEPT, "text/html"));
        errors.filter(exchange, _ -> refused.then()).block(PATIENCE);
        return exchange;
    }

    private static void assertPage(
            MockServerWebExchange exchange, HttpStatus status, String words) {
        var response = exchange.getResponse();
        assertThat(response.getStatusCode()).isEqualTo(status);
        assertThat(response.getHeaders().getFirst(HttpHeaders.RETRY_AFTER)).isEqualTo("1");
        assertThat(response.getHeaders().getContentType()).isEqualTo(PageRenderer.HTML);
        assertThat(response.getBodyAsString().block(PATIENCE))
                .contains("<h1", words, "dlora.http.pools.catalogue", "Try again later.");
    }

    @Test
    void aPageWhoseUserTakesItsWholeShareSaysSo() {
        try (var pool = new WorkPool("catalogue", new PoolSettings(2, 4), false)) {
            var held = new HeldPool(pool).fill("ann");
            assertPage(
                    page(HeldPool.as("ann", pool.run(() -> "page"))),
                    HttpStatus.TOO_MANY_REQUESTS,
                    "whole share");
            held.release();
        }
    }

    @Test
    void whatIsForbiddenHasOneHeading() {
        for (var refusal :
                List.of(
                        AccessRefusedException.forbidden("Not you."),
                        CommandRefusedException.of(Kind.FORBIDDEN, "Not you."),
                        ApiException.of(HttpStatus.FORBIDDEN, "Not you."))) {
            var response = page(Mono.error(refusal)).getResponse();
            assertThat(response.getStatusCode()).isEqualTo(HttpStatus.FORBIDDEN);
            assertThat(response.getBodyAsString().block(PATIENCE))
                    .contains(">Not allowed</h1>", "Not you.");
        }
    }

    @Test
    void aPageThatFindsAFullPoolSaysSo() {
        try (var pool = new WorkPool("catalogue", new PoolSettings(2, 4), false)) {
            var one = new HeldPool(pool).fill("ann");
            var other = new HeldPool(pool).fill("ben");
            assertPage(
                    page(HeldPool.as("eve", pool.run(() -> "page"))),
                    HttpStatus.SERVICE_UNAVAILABLE,
                    "queue is full");
            one.release();
            other.release();
        }
    }
}
