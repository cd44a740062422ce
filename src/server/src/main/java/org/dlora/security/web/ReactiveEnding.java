package org.dlora.security.web;

import org.dlora.security.Ending;
import reactor.core.publisher.Mono;

/** Conversion between the ends of keys and sessions and Reactor's signals. */
public final class ReactiveEnding {
    private ReactiveEnding() {}

    /** Returns a signal that completes with the end. */
    public static Mono<Void> mono(Ending end) {
        return Mono.create(sink -> {
            var registration = end.onEnd(sink::success);
            sink.onDispose(registration::close);
        });
    }

    /** Returns the end that comes when a signal completes. */
    static Ending of(Mono<Void> signal) {
        return action -> signal.subscribe(null, null, action)::dispose;
    }
}
