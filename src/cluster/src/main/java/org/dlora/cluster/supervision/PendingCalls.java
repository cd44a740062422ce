package org.dlora.cluster.supervision;

import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Calls that an incarnation of a replica has not answered. A hung one never answers, so its failure
 * answers them. Thread-safe.
 */
final class PendingCalls {
    private final Queue<CompletableFuture<Void>> pending = new ConcurrentLinkedQueue<>();

    /** Returns the answer to a call, to be completed by the incarnation or by {@link #end}. */
    CompletableFuture<Void> begin() {
        var answer = new CompletableFuture<Void>();
        pending.removeIf(CompletableFuture::isDone);
        pending.add(answer);
        return answer;
    }

    /** Completes all answers. */
    void end() {
        pending.forEach(answer -> answer.complete(null));
    }
}
