package org.dlora.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The events that a replica has to tell, and the thread that tells them while the next step runs:
 * waking a client's thread takes ten times as long as making a token's text. Events leave in
 * batches, one for each step, in the order in which they came. All but {@link #to} and {@link
 * #thread} belongs to the replica's thread.
 */
final class Outbox {
    private static final Logger log = LoggerFactory.getLogger(Outbox.class);

    /** Steps that listeners may be behind; then steps wait for them. */
    private static final int MOST_BATCHES = 16;

    private final Consumer<String> cancel;
    private final Thread thread;
    private final Semaphore places = new Semaphore(MOST_BATCHES);
    private final BlockingQueue<List<Letter>> batches = new LinkedBlockingQueue<>();
    private List<Letter> batch = new ArrayList<>();

    private record Letter(Recipient recipient, GenerationEvent event) {}

    /**
     * @param cancel is given the id of a request whose listener threw something, on the thread that
     *     tells
     */
    Outbox(String replica, Consumer<String> cancel) {
        this.cancel = cancel;
        thread = Thread.ofPlatform().name("replica-" + replica + "-out").unstarted(this::run);
    }

    /** Where listeners are called; ends some time after {@link #close}. */
    Thread thread() {
        return thread;
    }

    void start() {
        thread.start();
    }

    /** Takes, on the replica's thread, what {@code listener} is to be told; never throws. */
    GenerationListener to(String requestId, GenerationListener listener) {
        var recipient = new Recipient(requestId, listener);
        return event -> batch.add(new Letter(recipient, event));
    }

    /** Sends what came since the last call; waits if listeners are too far behind. */
    void send() {
        if (!batch.isEmpty()) {
            places.acquireUninterruptibly();
            batches.add(batch);
            batch = new ArrayList<>();
        }
    }

    /** Sends the rest; the thread ends when all of it is told. */
    void close() {
        send();
        batches.add(List.of());
        if (thread.getState() == Thread.State.NEW) {
            start();
        }
    }

    private void run() {
        for (var letters = take(); !letters.isEmpty(); letters = take()) {
            letters.forEach(letter -> letter.recipient().on(letter.event()));
            places.release();
        }
    }

    // A listener may leave an interrupt behind; it concerns nobody else's events.
    private List<Letter> take() {
        while (true) {
            try {
                return batches.take();
            } catch (InterruptedException e) {
                log.warn("Thread {} was interrupted and goes on", thread.getName());
            }
        }
    }

    /** Tells one listener; one that throws has lost its client, and is told of the end alone. */
    private final class Recipient {
        private final String requestId;
        private final GenerationListener listener;
        private boolean lost;

        Recipient(String requestId, GenerationListener listener) {
            this.requestId = requestId;
            this.listener = listener;
        }

        void on(GenerationEvent event) {
            if (lost && !event.isLast()) {
                return;
            }
            try {
                listener.on(event);
            } catch (RuntimeException | Error e) {
                log.warn("The listener of request {} failed, which cancels it", requestId, e);
                lost = true;
                cancel.accept(requestId);
            }
        }
    }
}
