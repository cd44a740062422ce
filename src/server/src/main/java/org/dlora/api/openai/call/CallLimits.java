package org.dlora.api.openai.call;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.LimitRefusal;
import org.dlora.security.Access;
import org.dlora.security.limits.Admission;
import org.dlora.security.limits.Headroom;
import org.dlora.security.limits.LimitExceededException;
import org.dlora.security.limits.Limiter;
import org.dlora.security.limits.SharedGate;
import org.dlora.security.limits.ShortDuration;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * The limits of a call's key and team, as OpenAI's clients know them: refusals with 429, and
 * headers that say what is left. Calls without a key have none.
 */
public final class CallLimits {
    /** Begin of OpenAI's headers. */
    static final String RATE_LIMIT = "x-ratelimit-";

    /** Header that tells OpenAI's clients whether to try again, beside the status. */
    static final String RETRY = "x-should-retry";

    /** Header of budgets that run out. */
    static final String ALERT = "X-DLoRA-Budget-Alert";

    private final Optional<Limiter> limiter;
    private final Optional<SharedGate> shared;

    /**
     * @param limiter empty where nothing is limited
     * @param shared empty where servers do not share rates
     */
    public CallLimits(Optional<Limiter> limiter, Optional<SharedGate> shared) {
        this.limiter = limiter;
        this.shared = shared;
    }

    /**
     * Has the answer of a call say what is left, also if the call is refused before it is let in.
     */
    private void tell(ServerWebExchange exchange) {
        var owners = Access.of(exchange.getAttribute(Access.NAME)).limited();
        if (limiter.isEmpty() || owners.isEmpty()) {
            return;
        }
        var headers = exchange.getResponse().getHeaders();
        exchange.getResponse()
                .beforeCommit(() ->
                        Mono.fromRunnable(() -> {
                            var status = exchange.getResponse().getStatusCode();
                            boolean isRefused = status != null && status.isError();
                            // What was let in says what was left then.
                            if (isRefused
                                    && headers.headerNames().stream()
                                            .noneMatch(name -> name.startsWith(RATE_LIMIT))) {
                                write(headers, limiter.get().headroom(owners));
                            }
                        }));
    }

    /**
     * Returns {@code call} within the limits that its key alone decides, which are checked before
     * anything else is done. A refused call gives back its place.
     */
    public <T> Mono<T> limited(ServerWebExchange exchange, Mono<T> call) {
        tell(exchange);
        return Mono.defer(() -> {
            var admission = begin(exchange.getResponse(), exchange.getAttribute(Access.NAME));
            return admission == null
                    ? call
                    // A call that has ended has settled what it used; others have begun nothing.
                    : call.contextWrite(context -> context.put(Admission.class, admission))
                            .doOnError(_ -> admission.withdraw())
                            .doFinally(_ -> admission.withdraw());
        });
    }

    /**
     * Lets a call in as far as its key alone decides.
     *
     * @return null if nothing limits it or counts it
     * @throws ApiException with status 429 if a limit has no room for it
     */
    private @Nullable Admission begin(ServerHttpResponse response, @Nullable Object access) {
        var owners = Access.of(access).limited();
        if (limiter.isEmpty() || owners.isEmpty()) {
            return null;
        }
        try {
            return limiter.get().admit(owners);
        } catch (LimitExceededException e) {
            throw refused(e, response);
        }
    }

    /**
     * Reserves the tokens of a call, on {@code thread}; fails with {@link ApiException} of status
     * 429 if a limit has no room for it.
     *
     * @return empty if nothing limits it or counts it
     */
    public Mono<Optional<Admission>> admit(
            ServerHttpResponse response, Call call, Scheduler thread) {
        return Mono.deferContextual(context -> {
            @Nullable Admission begun = context.getOrDefault(Admission.class, null);
            var admission = begun == null ? begin(response, call.access()) : begun;
            if (admission == null) {
                return Mono.just(Optional.empty());
            }
            reserve(response, admission, call);
            return shared.filter(gate -> gate.isAsked(admission))
                    .map(gate -> share(gate, admission, response, thread))
                    .orElseGet(() -> Mono.just(Optional.of(admission)));
        });
    }

    private Mono<Optional<Admission>> share(
            SharedGate gate, Admission admission, ServerHttpResponse response, Scheduler thread) {
        var goesOn = new AtomicBoolean();
        // What is being asked goes on without the client, as a query must not be interrupted.
        return Mono.fromFuture(() -> gate.check(admission), true)
                .publishOn(thread)
                .doOnNext(checked -> {
                    write(response.getHeaders(), checked.left());
                    var refusal = checked.refusal();
                    if (refusal != null) {
                        throw refused(refusal, response);
                    }
                    goesOn.set(true);
                })
                .map(_ -> Optional.of(admission))
                .doFinally(_ -> {
                    if (!goesOn.get()) {
                        admission.withdraw();
                    }
                });
    }

    private static void reserve(ServerHttpResponse response, Admission admission, Call call) {
        try {
            admission.reserve(call.mostTokens());
            write(response.getHeaders(), admission.headroom());
        } catch (LimitExceededException e) {
            admission.withdraw();
            throw refused(e, response);
        }
    }

    private static ApiException refused(LimitExceededException e, ServerHttpResponse response) {
        switch (e.advice()) {
            case REDUCE, NEXT_PERIOD -> response.getHeaders().set(RETRY, "false");
            case WAIT, NOT_READY -> {
                // Clients try again by the status.
            }
        }
        return LimitRefusal.of(e);
    }

    private static void write(HttpHeaders headers, Headroom left) {
        left.requests().ifPresent(rate -> write(headers, "requests", rate));
        left.tokens().ifPresent(rate -> write(headers, "tokens", rate));
        headers.remove(ALERT);
        for (var alert : left.alerts()) {
            headers.add(
                    ALERT,
                    "%s \"%s\"; used=%d; budget=%d; period=%s"
                            .formatted(
                                    alert.owner().kind().label(),
                                    alert.owner().name(),
                                    alert.used(),
                                    alert.budget().tokens(),
                                    alert.budget().period().label()));
        }
    }

    private static void write(HttpHeaders headers, String what, Headroom.Rate rate) {
        headers.set(RATE_LIMIT + "limit-" + what, String.valueOf(rate.limit()));
        headers.set(RATE_LIMIT + "remaining-" + what, String.valueOf(rate.remaining()));
        headers.set(RATE_LIMIT + "reset-" + what, ShortDuration.of(rate.reset()));
    }
}
