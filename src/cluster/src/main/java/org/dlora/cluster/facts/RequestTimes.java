package org.dlora.cluster.facts;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Times of a request, in this order. What did not happen is null.
 *
 * @param arrived when its call arrived at the server
 * @param queued when a replica, or the adapter memory of one, had it
 * @param adapterReady when its adapter was resident on the replica; the base model always is
 * @param firstToken when its first output token was delivered
 * @param done when it ended
 */
public record RequestTimes(
        Instant arrived,
        @Nullable Instant queued,
        @Nullable Instant adapterReady,
        @Nullable Instant firstToken,
        Instant done) {}
