package org.dlora.api.admin.adapters;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.LimitRefusal;
import org.dlora.operate.CommandRefusedException;
import org.dlora.operate.adapters.CatalogueRefusals;
import org.dlora.security.limits.LimitExceededException;
import reactor.core.publisher.Mono;

/** Calls of the catalogue away from the event loops, their refusals as answers. */
public final class CatalogueCall {
    private CatalogueCall() {}

    /** Returns the result of a call that blocks. */
    static <T> Mono<T> of(WorkPools pools, Callable<T> call) {
        return pools.catalogue().<T>run(call).onErrorMap(CatalogueCall::answer);
    }

    /** Returns the answer to a refusal: 404, 400, 503, 429 or 409. */
    static Throwable answer(Throwable refusal) {
        if (!(refusal instanceof RuntimeException e)) {
            return refusal;
        }
        return switch (CatalogueRefusals.translated(e)) {
            case CommandRefusedException refused -> ApiException.refused(refused);
            case LimitExceededException limit -> LimitRefusal.of(limit);
            case RuntimeException other -> other;
        };
    }

    /** Returns the future that a call gives, which may block before. */
    static Mono<Void> begin(
            WorkPools pools, Supplier<CompletableFuture<Void>> call, boolean isAwaited) {
        return of(pools, call::get)
                .flatMap(ended -> isAwaited ? Mono.fromFuture(ended, true) : Mono.empty());
    }
}
