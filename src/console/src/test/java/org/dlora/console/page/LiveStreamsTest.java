package org.dlora.console.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.dlora.api.web.ServerStop;
import org.dlora.security.users.SignedIns;
import org.junit.jupiter.api.Test;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.support.GenericApplicationContext;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

/** Ends of a page's stream. */
class LiveStreamsTest {
    private final Sinks.Many<Long> ticks = Sinks.many().multicast().directBestEffort();
    private final ServerStop stop = new ServerStop();
    private final LiveController live =
            new LiveController(
                    new PageRenderer(), List.of(), () -> Instant.EPOCH, ticks.asFlux(), stop);

    private void tick() {
        ticks.emitNext(0L, Sinks.EmitFailureHandler.FAIL_FAST);
    }

    @Test
    void theServersStopEndsTheStreamAndNotTheSession() {
        StepVerifier.create(live.events(List.of(), SignedIns.ANN, Mono.never()))
                .then(this::tick)
                .assertNext(event -> assertThat(event.event()).isEqualTo("tick"))
                .then(() ->
                        stop.onApplicationEvent(
                                new ContextClosedEvent(new GenericApplicationContext())))
                .expectComplete()
                .verify(Duration.ofMinutes(1));
    }

    @Test
    void theEndOfTheSessionIsReported() {
        var end = Sinks.<Void>empty();
        StepVerifier.create(live.events(List.of(), SignedIns.ANN, end.asMono()))
                .then(this::tick)
                .assertNext(event -> assertThat(event.event()).isEqualTo("tick"))
                .then(end::tryEmitEmpty)
                .assertNext(event -> assertThat(event.event()).isEqualTo("ended"))
                .expectComplete()
                .verify(Duration.ofMinutes(1));
    }
}
