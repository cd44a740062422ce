package org.dlora.engine.delivery;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import org.dlora.replica.GenerationEvent;
import org.dlora.replica.ReplicaEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Queue of the events that a replica sends to its clients, and the thread that delivers them while
 * the next step runs. Waking a client's thread takes ten times as long as making a token's text, so
 * the replica's thread leaves that to this one.
 *
 * <p>Events leave in batches, one for each step, in order. {@link #thread} may be called by any
 * thread, all else by the replica's.
 */
public final class Outbox implements EventSink {
    private static final Logger log = LoggerFactory.getLogger(Outbox.class);

    /** Batches that clients may be behind; then steps wait for them. */
    private static final int MAX_BATCHES = 16;

    private final EventSink clients;
    private final Thread thread;
    private final Semaphore places = new Semaphore(MAX_BATCHES);
    private final BlockingQueue<List<Delivery>> batches = new LinkedBlockingQueue<>();
    private List<Delivery> batch = new ArrayList<>();

    private sealed interface Delivery {
        /** Returns the id of the request. */
        String request();
    }

    private record Generated(String request, GenerationEvent event) implements Delivery {}

    private record Preempted(String request) implements Delivery {}

    private record Moved(String request, ReplicaEvent.Move move) implements Delivery {}

    /**
     * @param clients are told on the outbox's thread
     */
    public Outbox(String replica, EventSink clients) {
        this.clients = clients;
        thread = Thread.ofPlatform().name("replica-" + replica + "-out").unstarted(this::run);
    }

    /** Returns the thread that delivers; it ends some time after {@link #close}. */
    public Thread thread() {
        return thread;
    }

    public void start() {
        thread.start();
    }

    /** Adds an event to the batch. */
    @Override
    public void on(String request, GenerationEvent event) {
        batch.add(new Generated(request, event));
    }

    /** Passes it on at once. */
    @Override
    public void began(String request, long nanos) {
        clients.began(request, nanos);
    }

    @Override
    public void preempted(String request) {
        batch.add(new Preempted(request));
    }

    @Override
    public void moved(ReplicaEvent.Move move) {
        batch.add(new Moved(move.request(), move));
    }

    /** Sends the batch; waits if clients are too far behind. */
    public void send() {
        if (!batch.isEmpty()) {
            places.acquireUninterruptibly();
            batches.add(batch);
            batch = new ArrayList<>();
        }
    }

    /** Sends the rest; the thread ends when all of it is delivered. */
    public void close() {
        send();
        batches.add(List.of());
        if (thread.getState() == Thread.State.NEW) {
            start();
        }
    }

    private void run() {
        for (var next = take(); !next.isEmpty(); next = take()) {
            next.forEach(this::deliver);
            places.release();
        }
    }

    // Nothing that goes wrong with one event may keep others from their clients.
    private void deliver(Delivery delivery) {
        try {
            switch (delivery) {
                case Generated(var request, var event) -> clients.on(request, event);
                case Preempted(var request) -> clients.preempted(request);
                case Moved(_, var move) -> clients.moved(move);
            }
        } catch (RuntimeException | Error e) {
            complain("An event of request " + delivery.request() + " could not be delivered", e);
        }
    }

    // A client may leave an interrupt behind; it concerns nobody else's events.
    private List<Delivery> take() {
        while (true) {
            try {
                return batches.take();
            } catch (InterruptedException e) {
                complain("Thread " + thread.getName() + " was interrupted and goes on", e);
            }
        }
    }

    private static void complain(String message, Throwable cause) {
        try {
            log.warn(message, cause);
        } catch (RuntimeException | Error _) {
            // Without memory even for a line of the log, delivering goes on.
        }
    }
}
