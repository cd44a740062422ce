package org.dlora.engine;

import java.util.concurrent.CompletableFuture;
import org.dlora.replica.ReplicaCommand;

/**
 * A message in the {@link Mailbox} of a replica's thread. It is a {@link ReplicaCommand}, or a
 * request to the thread itself: to warm up, or to close. {@link ServingLoop} handles messages
 * between two steps in order of arrival.
 */
sealed interface ReplicaMessage {

    /** A command to the replica's state. */
    record Command(ReplicaCommand command) implements ReplicaMessage {}

    /**
     * Runs the model until it is fast; completes {@code done}, with what {@code goOn} throws if it
     * does.
     */
    record WarmUp(Runnable goOn, CompletableFuture<Void> done) implements ReplicaMessage {}

    /** Ends everything and the thread. */
    record Close() implements ReplicaMessage {}
}
