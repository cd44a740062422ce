package org.dlora.api.openai.answer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.dlora.api.web.ApiException;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

class EventStreamTest {
    private static final Duration PING = Duration.ofSeconds(15);

    @Test
    void aQuietStreamGetsAPingForEveryIntervalAndNoneAfterItsEnd() {
        StepVerifier.withVirtualTime(() ->
                        EventStream.of(
                                Flux.just(Map.of("n", 1)).delaySubscription(Duration.ofSeconds(40)),
                                PING,
                                Schedulers.parallel()))
                .expectSubscription()
                .expectNoEvent(PING)
                .expectNext(": ping\n\n")
                .expectNoEvent(PING)
                .expectNext(": ping\n\n")
                .expectNoEvent(Duration.ofSeconds(10))
                .expectNext("data: {\"n\":1}\n\n", "data: [DONE]\n\n")
                .verifyComplete();
    }

    @Test
    void aBusyStreamGetsNoPing() {
        var chunks =
                StepVerifier.withVirtualTime(() ->
                        EventStream.of(
                                        Flux.interval(Duration.ofSeconds(10)).take(10),
                                        PING,
                                        Schedulers.parallel())
                                .collectList());
        chunks.thenAwait(Duration.ofSeconds(100))
                .assertNext(
                        events -> assertThat(events).hasSize(11).noneMatch(e -> e.startsWith(":")))
                .verifyComplete();
    }

    @Test
    void anErrorIsAnEventAndTheStreamStillEnds() {
        StepVerifier.create(
                        EventStream.of(
                                Flux.concat(Flux.just(1), Flux.error(ApiException.failed("No."))),
                                PING,
                                Schedulers.parallel()))
                .expectNext(
                        "data: 1\n\n",
                        "data: {\"error\":{\"message\":\"No.\",\"type\":\"server_error\",\"param\":null,\"code\":null}}\n\n",
                        "data: [DONE]\n\n")
                .verifyComplete();
    }

    @Test
    void cancellingAStreamStopsThePings() {
        StepVerifier.withVirtualTime(
                        () -> EventStream.of(Flux.never(), PING, Schedulers.parallel()))
                .thenAwait(PING)
                .expectNext(": ping\n\n")
                .thenCancel()
                .verify();
    }
}
