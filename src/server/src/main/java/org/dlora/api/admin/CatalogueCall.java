package org.dlora.api.admin;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.api.openai.ApiException;
import org.dlora.api.openai.LimitRefusal;
import org.dlora.api.pools.WorkPools;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.catalogue.CatalogueUnavailableException;
import org.springframework.http.HttpStatus;
import reactor.core.publisher.Mono;

/** Calls of the catalogue away from the event loops, their refusals as answers. */
final class CatalogueCall {
    private CatalogueCall() {}

    /** Returns the result of a call that blocks. */
    static <T> Mono<T> of(WorkPools pools, Callable<T> call) {
        return pools.catalogue().<T>run(call).onErrorMap(CatalogueCall::answer);
    }

    /** Runs a call on this thread, which may block. */
    static <T> T now(Supplier<T> call) {
        try {
            return call.get();
        } catch (RuntimeException e) {
            if (answer(e) instanceof RuntimeException answer) {
                throw answer;
            }
            throw e;
        }
    }

    /** Returns the answer to a refusal: 404, 400, 503, 429 or 409. */
    static Throwable answer(Throwable refusal) {
        return switch (refusal) {
            case NoSuchAdapterException e when e.todo().isPresent() ->
                    ApiException.of(
                            HttpStatus.NOT_FOUND,
                            "%s; %s.".formatted(e.getMessage(), e.todo().orElseThrow()));
            case NoSuchAdapterException e ->
                    ApiException.noSuchAdapter(
                            null, e.getMessage() + "; GET /admin/adapters lists what is served.");
            case AdapterRefusedException e ->
                    ApiException.invalid(null, String.valueOf(e.getMessage()));
            case CatalogueUnavailableException e ->
                    ApiException.storeUnavailable(String.valueOf(e.getMessage()));
            case IllegalStateException e ->
                    LimitRefusal.causing(e)
                            .orElseGet(() ->
                                    ApiException.of(HttpStatus.CONFLICT, e.getMessage() + "."));
            default -> refusal;
        };
    }

    /** Returns the future that a call gives, which may block before. */
    static Mono<Void> begin(
            WorkPools pools, Supplier<CompletableFuture<Void>> call, boolean isAwaited) {
        return of(pools, call::get)
                .flatMap(ended -> isAwaited ? Mono.fromFuture(ended, true) : Mono.empty());
    }
}
