package org.dlora.engine;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What is asked of a replica, in order; once closed, whatever comes or is left is refused. */
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

    /** The next message, null if there is none. */
    @Nullable ReplicaMessage poll() {
        return messages.poll();
    }

    /** The next message, null if none comes for so many seconds. */
    @Nullable ReplicaMessage poll(double seconds) throws InterruptedException {
        return messages.poll((long) (1e9 * seconds), TimeUnit.NANOSECONDS);
    }

    /** The next message, whenever it comes. */
    ReplicaMessage take() throws InterruptedException {
        return messages.take();
    }

    boolean isClosed() {
        return closed;
    }

    /** From now on messages are refused; {@link #refuse} does so with those that are left. */
    void close() {
        closed = true;
    }

    void refuse() {
        for (var message = messages.poll(); message != null; message = messages.poll()) {
            refuse(message);
        }
    }

    private static void refuse(ReplicaMessage message) {
        switch (message) {
            case ReplicaMessage.Submit submit ->
                    submit.listener().on(new GenerationEvent.Failed(CLOSED));
            case ReplicaMessage.Load load -> load.done().completeExceptionally(closed());
            case ReplicaMessage.Unload unload -> unload.done().complete(null);
            case ReplicaMessage.Schedule schedule ->
                    schedule.done().completeExceptionally(closed());
            case ReplicaMessage.WarmUp warmUp -> warmUp.done().completeExceptionally(closed());
            case ReplicaMessage.Cancel _, ReplicaMessage.Close _ -> {}
        }
    }

    private static IllegalStateException closed() {
        return new IllegalStateException(CLOSED);
    }
}
