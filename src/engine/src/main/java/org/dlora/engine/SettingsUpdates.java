package org.dlora.engine;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.dlora.replica.ReplicaCommand;
import org.dlora.replica.SchedulingSettings;
import org.jspecify.annotations.Nullable;

/** Updates of a replica's scheduling settings that are not in force yet. Thread-safe. */
final class SettingsUpdates {
    private final Consumer<ReplicaCommand> post;
    private final Map<Long, CompletableFuture<Void>> pending = new ConcurrentHashMap<>();
    private final AtomicLong last = new AtomicLong();

    /**
     * @param post sends a command to the replica; throws {@link IllegalStateException} if it is
     *     closed
     */
    SettingsUpdates(Consumer<ReplicaCommand> post) {
        this.post = post;
    }

    /** Sends an update; the future completes when it is in force. */
    CompletableFuture<Void> begin(SchedulingSettings settings) {
        long number = last.incrementAndGet();
        var done = new CompletableFuture<Void>();
        pending.put(number, done);
        try {
            post.accept(new ReplicaCommand.Schedule(number, settings));
        } catch (IllegalStateException e) {
            fail(number, e);
        }
        return done;
    }

    /** Completes an update that is in force. */
    void applied(long number) {
        complete(number, null);
    }

    /** Fails an update. */
    void fail(long number, Throwable cause) {
        complete(number, cause);
    }

    private void complete(long number, @Nullable Throwable cause) {
        var done = pending.remove(number);
        if (done == null) {
            return;
        }
        if (cause == null) {
            done.complete(null);
        } else {
            done.completeExceptionally(cause);
        }
    }

    /** Fails all updates: there will be no more steps. */
    void end(Throwable cause) {
        pending.keySet().forEach(number -> fail(number, cause));
    }
}
