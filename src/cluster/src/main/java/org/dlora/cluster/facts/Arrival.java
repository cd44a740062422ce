package org.dlora.cluster.facts;

import java.time.Clock;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The arrival of a call at the server. Later times of its requests are counted from it by the
 * system's timer, so a correction of the clock never puts them out of order.
 *
 * @param nanos {@link System#nanoTime} at that moment
 * @param clientId id that the client gave the call, for logs alone; null if it gave none
 * @param endUser the client's name for its user, null if it gave none
 * @param apiKey id of the key that the client sent, null where none is needed
 * @param team name of the key's team, null if it has none
 * @param traceParent trace context (W3C) of the call's span, null if the call is not traced
 */
public record Arrival(
        Instant at,
        long nanos,
        @Nullable String clientId,
        @Nullable String endUser,
        @Nullable String apiKey,
        @Nullable String team,
        @Nullable String traceParent) {

    /** Returns an arrival at this moment. */
    public static Arrival now(Clock clock, @Nullable String clientId) {
        return new Arrival(clock.instant(), System.nanoTime(), clientId, null, null, null, null);
    }

    /** Returns the arrival of a call for {@code user}, null if the client names none. */
    public Arrival by(@Nullable String user) {
        return new Arrival(at, nanos, clientId, user, apiKey, team, traceParent);
    }

    /** Returns the arrival of a call with a key, null for none, of a team. */
    public Arrival with(@Nullable String key, @Nullable String keysTeam) {
        return new Arrival(at, nanos, clientId, endUser, key, keysTeam, traceParent);
    }

    /** Returns the arrival of a call that is traced below a span; null for none. */
    public Arrival within(@Nullable String span) {
        return new Arrival(at, nanos, clientId, endUser, apiKey, team, span);
    }

    /** Returns the time at which {@link System#nanoTime} was {@code nanoTime}. */
    public Instant timeAt(long nanoTime) {
        return at.plusNanos(nanoTime - nanos);
    }
}
