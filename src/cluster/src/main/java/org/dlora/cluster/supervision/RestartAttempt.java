package org.dlora.cluster.supervision;

import java.util.concurrent.CompletableFuture;
import org.dlora.engine.WatchedReplica;
import org.jspecify.annotations.Nullable;

/**
 * An attempt of a replica to begin anew. One that hangs is given up; its thread closes what it has
 * begun as soon as it can. The replica's lock guards it.
 */
final class RestartAttempt {
    private final CompletableFuture<Void> left = new CompletableFuture<>();
    private volatile @Nullable WatchedReplica begun;
    private volatile boolean isGivenUp;

    /** Notes the incarnation that begins. */
    void of(WatchedReplica incarnation) {
        begun = incarnation;
    }

    void giveUp() {
        isGivenUp = true;
    }

    boolean isGivenUp() {
        return isGivenUp;
    }

    /** Notes that the attempt holds no memory any more, or serves. */
    void leave() {
        left.complete(null);
    }

    /** Returns a future that completes once it holds no memory any more, or serves. */
    CompletableFuture<Void> left() {
        return left;
    }

    /** Returns the frames of the incarnation's thread; empty if there is none. */
    String stackTrace() {
        var known = begun;
        return known == null ? "" : known.stackTrace();
    }
}
