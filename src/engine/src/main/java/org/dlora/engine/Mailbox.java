package org.dlora.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Queue of the messages to a replica's thread. Thread-safe. */
final class Mailbox {
    static final String CLOSED = "The server is shutting down";

    private final BlockingQueue<ReplicaMessage> messages = new LinkedBlockingQueue<>();
    private volatile boolean closed;

    /**
     * Adds a message that its sender waits for.
     *
     * @throws IllegalStateException if nobody will handle it
     */
    void post(ReplicaMessage message) {
        messages.add(message);
        if (closed && messages.remove(message)) {
            throw new IllegalStateException(CLOSED);
        }
    }

    /** Adds a message that nobody waits for. */
    void tell(ReplicaMessage message) {
        messages.add(message);
    }

    /** Returns the next message, null if there is none. */
    @Nullable ReplicaMessage poll() {
        return messages.poll();
    }

    /** Returns the next message, null if none comes for {@code seconds}. */
    @Nullable ReplicaMessage poll(double seconds) throws InterruptedException {
        return messages.poll((long) (1e9 * seconds), TimeUnit.NANOSECONDS);
    }

    /** Waits for the next message and returns it. */
    ReplicaMessage take() throws InterruptedException {
        return messages.take();
    }

    boolean isClosed() {
        return closed;
    }

    /** Refuses further messages; {@link #drain} returns those that are left. */
    void close() {
        closed = true;
    }

    /** Removes and returns the messages that nobody will handle. */
    List<ReplicaMessage> drain() {
        var left = new ArrayList<ReplicaMessage>();
        messages.drainTo(left);
        return left;
    }
}
