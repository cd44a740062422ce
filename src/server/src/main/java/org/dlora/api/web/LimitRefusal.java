package org.dlora.api.web;

import java.time.Duration;
import org.dlora.security.limits.LimitExceededException;

/** Refusal by a limit of a key or a team, as OpenAI's clients know it. */
public final class LimitRefusal {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private LimitRefusal() {}

    /** Returns the answer to a work that a limit has refused. */
    public static ApiException of(LimitExceededException e) {
        var wait = e.waitTime().map(LimitRefusal::wholeSeconds).orElse(null);
        return switch (e.limit()) {
            case REQUESTS, CONCURRENT ->
                    ApiException.limited("requests", "rate_limit_exceeded", e.words(), wait);
            case TOKENS -> ApiException.limited("tokens", "rate_limit_exceeded", e.words(), wait);
            case BUDGET ->
                    switch (e.advice()) {
                        case NOT_READY -> ApiException.limitsNotRead(e.words());
                        case WAIT ->
                                ApiException.limited(
                                        "tokens", "rate_limit_exceeded", e.words(), wait);
                        case REDUCE, NEXT_PERIOD ->
                                ApiException.limited(
                                        "insufficient_quota",
                                        "insufficient_quota",
                                        e.words(),
                                        wait);
                    };
        };
    }

    /**
     * Returns a wait in whole seconds, rounded up: a client that comes too early is refused again.
     */
    private static Duration wholeSeconds(Duration wait) {
        return Duration.ofSeconds(Math.max(1, wait.plus(SECOND).minusNanos(1).toSeconds()));
    }
}
