package org.dlora.cluster.residency;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * A request, or an administrator's load, that waits until an adapter is resident. One of the three
 * actions is run, once.
 *
 * @param request id of the request; empty for an administrator's load
 * @param arrived time of arrival in seconds
 * @param resident goes on with the adapter
 * @param failed is told why the adapter is not loaded
 * @param cancelled ends the wait at the client's wish
 */
record Waiter(
        String request,
        double arrived,
        Runnable resident,
        Consumer<LoadFailure> failed,
        Runnable cancelled) {

    /** The waiter of a load for requests to come. It comes after all others, and ends silently. */
    static final Waiter PREFETCH =
            new Waiter("", Double.POSITIVE_INFINITY, () -> {}, _ -> {}, () -> {});

    /** Returns whether a request waits, not an administrator or a load for requests to come. */
    boolean isRequest() {
        return !request.isEmpty();
    }

    boolean isPrefetch() {
        return arrived == Double.POSITIVE_INFINITY;
    }

    /** Returns the waiter of an administrator's load, whose end completes {@code done}. */
    static Waiter ofOperator(double arrived, CompletableFuture<Void> done) {
        return new Waiter(
                "",
                arrived,
                () -> done.complete(null),
                failure -> done.completeExceptionally(new IllegalStateException(failure.message())),
                () -> {});
    }
}
