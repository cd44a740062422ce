package org.dlora.api.keys;

import java.util.concurrent.Callable;
import org.dlora.api.openai.ApiException;
import org.dlora.api.pools.WorkPools;
import org.dlora.security.AccessChangeException;
import org.dlora.security.AccessUnavailableException;
import org.springframework.http.HttpStatus;
import reactor.core.publisher.Mono;

/** Calls that change keys, teams or users, away from the event loops, their refusals as answers. */
public final class AccessCall {
    private AccessCall() {}

    /** Runs a call that may wait. */
    public static <T> Mono<T> of(WorkPools pools, Callable<T> call) {
        return refusals(pools.catalogue().run(call));
    }

    /** Returns {@code answer} with refusals in OpenAI's shape. */
    public static <T> Mono<T> refusals(Mono<T> answer) {
        return answer.onErrorMap(AccessChangeException.class, AccessCall::answer)
                .onErrorMap(
                        AccessUnavailableException.class,
                        e -> ApiException.storeUnavailable(String.valueOf(e.getMessage())));
    }

    private static ApiException answer(AccessChangeException refusal) {
        return switch (refusal.kind()) {
            case INVALID -> ApiException.invalid(refusal.field(), refusal.words());
            case UNKNOWN -> ApiException.of(HttpStatus.NOT_FOUND, refusal.words());
            case CONFLICT -> ApiException.of(HttpStatus.CONFLICT, refusal.words());
        };
    }

    static ApiException unknown(String what, String list) {
        return ApiException.of(
                HttpStatus.NOT_FOUND,
                "There is no such %s; GET %s lists them.".formatted(what, list));
    }
}
