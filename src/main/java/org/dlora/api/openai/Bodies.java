package org.dlora.api.openai;

import java.util.function.BiFunction;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads bodies away from the event loops: parsing and tokenising a long prompt takes milliseconds.
 */
public final class Bodies {
    private final Serving serving;

    Bodies(Serving serving) {
        this.serving = serving;
    }

    /** What {@code reader} makes of a body and of what is served; refused with 400 and 503 else. */
    public <T> Mono<T> read(Mono<byte[]> body, BiFunction<ObjectNode, Served, T> reader) {
        return read(body, Schedulers.boundedElastic(), reader);
    }

    /** For a {@code reader} that waits so long that it needs threads of its own. */
    <T> Mono<T> read(
            Mono<byte[]> body, Scheduler threads, BiFunction<ObjectNode, Served, T> reader) {
        // A body that does not come whole is heard of at once, on the thread of its connection.
        return body.defaultIfEmpty(new byte[0])
                .flatMap(bytes ->
                        Mono.fromCallable(() -> reader.apply(Json.object(bytes), serving.require()))
                                .subscribeOn(threads));
    }
}
