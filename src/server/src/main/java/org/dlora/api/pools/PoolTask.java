package org.dlora.api.pools;

import java.util.concurrent.Callable;
import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.MonoSink;

/** Work of one call in a pool: it waits, runs, and may be given up in either state. */
final class PoolTask<T> {
    /** Name of the call's key; null without keys, where callers are not told apart. */
    final @Nullable String key;

    /** Name of the key's team, which is no name of a key. */
    final @Nullable String team;

    private final Callable<? extends T> work;
    private final MonoSink<T> sink;
    private @Nullable Thread thread;
    private boolean isOver;

    PoolTask(Access access, Callable<? extends T> work, MonoSink<T> sink) {
        key = access.keyId().map("key:"::concat).orElse(null);
        team = access.teamName().map("team:"::concat).orElse(null);
        this.work = work;
        this.sink = sink;
    }

    /** Returns the name by which turns are given: the team, else the key. */
    String owner() {
        return team != null ? team : key != null ? key : "";
    }

    void run() {
        T result;
        try {
            if (!begin()) {
                return;
            }
            try {
                result = work.call();
            } finally {
                end();
            }
        } catch (Throwable e) {
            sink.error(e);
            return;
        }
        sink.success(result);
    }

    /** Ends the call of a task that cannot run. */
    void fail(Throwable cause) {
        sink.error(cause);
    }

    private synchronized boolean begin() {
        thread = Thread.currentThread();
        return !isOver;
    }

    private synchronized void end() {
        thread = null;
        isOver = true;
        // An interrupt was for this work alone.
        var _ = Thread.interrupted();
    }

    /** Notes that nobody waits for the result any more. */
    synchronized void giveUp(boolean isInterrupted) {
        isOver = true;
        if (thread != null && isInterrupted) {
            thread.interrupt();
        }
    }
}
