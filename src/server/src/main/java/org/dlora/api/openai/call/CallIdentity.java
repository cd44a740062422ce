package org.dlora.api.openai.call;

import java.time.Clock;
import org.dlora.cluster.facts.Arrival;
import org.dlora.security.Access;
import org.springframework.web.server.ServerWebExchange;

/**
 * Identity of a call that runs the model, and what it may do.
 *
 * @param key of the request's {@link RequestIdentity}; the ids of the answer and of its sequences
 *     are made from it
 */
public record CallIdentity(String key, Arrival arrival, Access access) {

    /** Returns the identity of a call whose request has begun. */
    public static CallIdentity of(ServerWebExchange exchange) {
        var begun = RequestIdentity.of(exchange);
        return of(begun.key(), begun.arrival(), exchange);
    }

    /** Returns the identity of a call that a page makes now, of which there may be several. */
    public static CallIdentity ofPage(ServerWebExchange exchange, Clock clock) {
        return of(RequestIdentity.newKey(), Arrival.now(clock, null), exchange);
    }

    private static CallIdentity of(String key, Arrival arrival, ServerWebExchange exchange) {
        var access = Access.of(exchange.getAttribute(Access.NAME));
        return new CallIdentity(
                key,
                arrival.with(access.keyId().orElse(null), access.teamName().orElse(null)),
                access);
    }
}
