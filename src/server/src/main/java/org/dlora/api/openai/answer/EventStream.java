package org.dlora.api.openai.answer;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dlora.api.web.Errors;
import org.dlora.api.web.Json;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/**
 * Server-sent events of a stream: {@code data:} lines of chunks, comments while the stream is
 * quiet, an event for an error, {@code [DONE]} at the end.
 */
final class EventStream {
    private static final String DONE = "data: [DONE]\n\n";
    private static final String PING = ": ping\n\n";

    private EventStream() {}

    /**
     * @param thread on which {@code chunks} arrive and pings are sent
     */
    static Flux<String> of(Flux<?> chunks, Duration ping, Scheduler thread) {
        var frames =
                chunks.map(EventStream::frame)
                        .onErrorResume(e -> Flux.just(frame(Errors.body(e))))
                        .concatWithValues(DONE);
        return withPings(frames, ping, thread);
    }

    private static String frame(Object chunk) {
        return "data: " + Json.write(chunk) + "\n\n";
    }

    /** Returns {@code frames} with comments while they are quiet. */
    // One timer per stream, not one per token: a tick pings if nothing has been sent since the tick
    // before.
    static Flux<String> withPings(Flux<String> frames, Duration every, Scheduler thread) {
        return Flux.defer(() -> {
            var busy = new AtomicBoolean();
            Sinks.Empty<Void> ended = Sinks.empty();
            var pings =
                    Flux.interval(every, thread)
                            .onBackpressureDrop()
                            .filter(_ -> !busy.getAndSet(false))
                            .map(_ -> PING)
                            .takeUntilOther(ended.asMono());
            return Flux.merge(
                    frames.doOnNext(_ -> busy.set(true)).doFinally(_ -> ended.tryEmitEmpty()),
                    pings);
        });
    }
}
