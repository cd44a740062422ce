package org.dlora.catalogue.history;

import org.jspecify.annotations.Nullable;

/**
 * Question for slow requests. Those that ended before the history had their times are not found by
 * it.
 *
 * @param leastTtft least time from the arrival to the first token, milliseconds; null for any
 * @param leastDuration least time from the arrival to the end, milliseconds; null for any
 * @param order of the list
 */
public record SlowRequests(
        @Nullable Long leastTtft, @Nullable Long leastDuration, RequestOrder order) {
    /** All requests, the newest first. */
    public static final SlowRequests ANY = new SlowRequests(null, null, RequestOrder.NEWEST);
}
