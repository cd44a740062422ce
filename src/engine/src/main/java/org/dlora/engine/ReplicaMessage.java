package org.dlora.engine;

import java.util.concurrent.CompletableFuture;
import org.dlora.constraint.Constraint;
import org.dlora.engine.weights.AdapterTerms;
import org.dlora.replica.ReplicaCommand;
import org.jspecify.annotations.Nullable;

/**
 * A message in the {@link Mailbox} of a replica's thread. It is a {@link ReplicaCommand}, an
 * adapter to load, or a request to the thread itself: to warm up, or to close. {@link ServingLoop}
 * handles messages between two steps in order of arrival.
 */
sealed interface ReplicaMessage {

    /**
     * A command to the replica's state.
     *
     * @param constraint of the request that it brings, compiled by its sender; null if it brings
     *     none that has one
     */
    record Command(ReplicaCommand command, @Nullable Constraint constraint)
            implements ReplicaMessage {
        Command(ReplicaCommand command) {
            this(command, null);
        }
    }

    /**
     * Loads an adapter. Its terms come with the message, as the thread may have an earlier message
     * to unload an adapter of that id before it.
     */
    record Load(String id, AdapterTerms terms) implements ReplicaMessage {}

    /**
     * Runs the model until it is fast; completes {@code done}, with what {@code goOn} throws if it
     * does.
     */
    record WarmUp(Runnable goOn, CompletableFuture<Void> done) implements ReplicaMessage {}

    /** Ends everything and the thread. */
    record Close() implements ReplicaMessage {}
}
