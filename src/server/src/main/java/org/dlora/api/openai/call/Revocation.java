package org.dlora.api.openai.call;

import java.util.function.Function;
import org.dlora.api.web.Errors;
import org.dlora.api.web.Json;
import org.dlora.security.Access;
import org.dlora.security.AccessRefusedException;
import org.dlora.security.web.ReactiveEnding;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * The end of a call whose key is revoked, or expires, while it runs; and of one without a key once
 * the server has keys.
 */
public final class Revocation {
    private Revocation() {}

    /**
     * Returns the emissions of a call up to the end of its key, which is an error. Those of a call
     * without a key go on.
     */
    public static <T> Flux<T> watch(Flux<T> emissions, Call call, Scheduler thread) {
        var access = call.access();
        return access.hasKey()
                ? emissions.takeUntilOther(ended(access).publishOn(thread))
                : emissions;
    }

    /**
     * Returns the events of a stream up to the end of its key, of which the last one tells.
     *
     * @param event makes the last event of JSON: an error in OpenAI's shape
     */
    public static <T> Flux<T> watch(
            Flux<T> events, Access access, Function<String, ? extends T> event) {
        return events.takeUntilOther(ended(access))
                .onErrorResume(
                        AccessRefusedException.class,
                        e -> Flux.just(event.apply(Json.write(Errors.body(e)))));
    }

    /** Returns a body up to the end of its key, which is an error. */
    public static <T> Mono<T> watch(Mono<T> body, Access access) {
        return body.takeUntilOther(ended(access));
    }

    /** Returns the parts of a body up to the end of its key, which is an error. */
    public static <T> Flux<T> watch(Flux<T> parts, Access access) {
        return parts.takeUntilOther(ended(access));
    }

    private static <T> Mono<T> ended(Access access) {
        return ReactiveEnding.mono(access.ended())
                .then(Mono.error(() -> AccessRefusedException.endedMeanwhile(access.keyId())));
    }
}
