package org.dlora.api.openai;

import java.nio.charset.StandardCharsets;
import java.util.function.BiFunction;
import org.dlora.security.Access;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reader of request bodies. It reads them away from the event loops, because parsing and tokenising
 * a long prompt takes milliseconds.
 */
public final class BodyReader {
    private final Serving serving;

    BodyReader(Serving serving) {
        this.serving = serving;
    }

    /**
     * Returns the result of {@code reader} for a body and the served model. A body that is no JSON
     * object ends in 400, and a server without a model in 503.
     */
    public <T> Mono<T> read(Mono<byte[]> body, BiFunction<ObjectNode, Served, T> reader) {
        return read(body, Schedulers.boundedElastic(), reader);
    }

    /** Reads as {@link #read} does; a body that is absent is an object without members. */
    public <T> Mono<T> readIfGiven(Mono<byte[]> body, BiFunction<ObjectNode, Served, T> reader) {
        return read(
                body.filter(bytes -> bytes.length > 0)
                        .defaultIfEmpty("{}".getBytes(StandardCharsets.UTF_8)),
                reader);
    }

    /**
     * Returns the served model for a call whose body has no members or is absent. Any other body
     * ends in 400, which names the member.
     */
    public Mono<Served> readNone(Mono<byte[]> body) {
        return readIfGiven(
                body,
                (json, served) -> {
                    Fields.of(json).end();
                    return served;
                });
    }

    /** Reads on {@code threads}, for a {@code reader} that waits so long that it needs its own. */
    <T> Mono<T> read(
            Mono<byte[]> body, Scheduler threads, BiFunction<ObjectNode, Served, T> reader) {
        return Mono.deferContextual(context -> {
            var access = Access.of(context.getOrDefault(Access.NAME, null));
            // An incomplete body fails at once, on the thread of its connection. A key that ends
            // while its body is on the way does nothing more.
            return Revocation.watch(body.defaultIfEmpty(new byte[0]), access)
                    .flatMap(bytes ->
                            Mono.fromCallable(() ->
                                            reader.apply(
                                                    Json.object(bytes), serving.require(access)))
                                    .subscribeOn(threads));
        });
    }
}
