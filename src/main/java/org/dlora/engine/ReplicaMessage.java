package org.dlora.engine;

import java.util.concurrent.CompletableFuture;

/** What can be asked of a replica; handled on its thread between two steps, in order of arrival. */
sealed interface ReplicaMessage {

    /** Start a sequence. */
    record Submit(GenerationRequest request, GenerationListener listener)
            implements ReplicaMessage {}

    /** End the sequence of request {@code id}, if there is one. */
    record Cancel(String id) implements ReplicaMessage {}

    /**
     * Take requests of adapter {@code id}, which clients call {@code name}; completes {@code done}.
     */
    record Load(String id, String name, AdapterTerms terms, CompletableFuture<Void> done)
            implements ReplicaMessage {}

    /**
     * Forget adapter {@code id} once the requests that came before have ended; completes {@code
     * done} when its weights are not read any more.
     */
    record Unload(String id, CompletableFuture<Void> done) implements ReplicaMessage {}

    /** Choose steps so from now on; completes {@code done}. */
    record Schedule(SchedulingSettings settings, CompletableFuture<Void> done)
            implements ReplicaMessage {}

    /**
     * Run the model until it is fast; completes {@code done}, with what {@code goOn} throws if it
     * does.
     */
    record WarmUp(Runnable goOn, CompletableFuture<Void> done) implements ReplicaMessage {}

    /** End everything and the thread. */
    record Close() implements ReplicaMessage {}
}
