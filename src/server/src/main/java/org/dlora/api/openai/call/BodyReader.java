package org.dlora.api.openai.call;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.Fields;
import org.dlora.api.web.Json;
import org.dlora.security.Access;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reader of request bodies. It reads them away from the event loops, because parsing and tokenising
 * a long prompt takes milliseconds.
 */
public final class BodyReader {
    private final Serving serving;

    private final WorkPools pools;

    public BodyReader(Serving serving, WorkPools pools) {
        this.serving = serving;
        this.pools = pools;
    }

    /**
     * Returns the result of {@code reader} for a body of the administration and the served model. A
     * body that is no JSON object ends in 400, and a server without a model in 503. The reader may
     * wait long, as for a gate.
     */
    public <T> Mono<T> read(Mono<byte[]> body, BiFunction<ObjectNode, ServedModel, T> reader) {
        return read(body, pools.catalogue()::run, reader);
    }

    /**
     * Returns the result of {@code reader} for the body of a completion, as {@link #read} does.
     *
     * @param reader waits for nothing, and may run twice: once more where a constraint has to be
     *     compiled
     */
    public <T> Mono<T> readCall(Mono<byte[]> body, BiFunction<ObjectNode, ServedModel, T> reader) {
        return read(body, work -> CallCompilation.read(pools, work), reader);
    }

    /** Reads as {@link #read} does; a body that is absent is an object without members. */
    public <T> Mono<T> readIfGiven(
            Mono<byte[]> body, BiFunction<ObjectNode, ServedModel, T> reader) {
        return read(
                body.filter(bytes -> bytes.length > 0)
                        .defaultIfEmpty("{}".getBytes(StandardCharsets.UTF_8)),
                reader);
    }

    /**
     * Returns the served model for a call whose body has no members or is absent. Any other body
     * ends in 400, which names the member.
     */
    public Mono<ServedModel> readNone(Mono<byte[]> body) {
        return readIfGiven(
                body,
                (json, served) -> {
                    Fields.of(json).end();
                    return served;
                });
    }

    private <T> Mono<T> read(
            Mono<byte[]> body,
            Function<Callable<T>, Mono<T>> threads,
            BiFunction<ObjectNode, ServedModel, T> reader) {
        return Mono.deferContextual(context -> {
            var access = Access.of(context.getOrDefault(Access.NAME, null));
            // An incomplete body fails at once, on the thread of its connection. A key that ends
            // while its body is on the way does nothing more.
            return Revocation.watch(body.defaultIfEmpty(new byte[0]), access)
                    .flatMap(bytes ->
                            threads.apply(
                                    () -> reader.apply(Json.object(bytes), serving.require())));
        });
    }
}
