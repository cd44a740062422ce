package org.dlora.engine.delivery;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.function.Function;
import org.dlora.background.LastingWork;
import org.dlora.replica.ReplicaEvent;
import org.dlora.replica.request.GenerationEvent;
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
public final class Outbox {
    private static final Logger log = LoggerFactory.getLogger(Outbox.class);

    /** Batches that clients may be behind; then steps wait for them. */
    private static final int MAX_BATCHES = 16;

    /** Batch after which no other one comes; it wakes the thread. */
    private static final List<Delivery> END = List.of();

    private final Function<String, GenerationListener> clients;
    private final Thread thread;
    private final Semaphore places = new Semaphore(MAX_BATCHES);
    private final BlockingQueue<List<Delivery>> batches = new LinkedBlockingQueue<>();
    private List<Delivery> batch = new ArrayList<>();

    /** The batch that is delivered, and the number of its events that were; the thread's own. */
    private List<Delivery> inHand = List.of();

    private int delivered;
    private volatile boolean closed;

    /** Event of a request, as a call of its client. */
    private record Delivery(String request, Consumer<GenerationListener> event) {}

    /**
     * @param clients by the ids of their requests; they are told on the outbox's thread
     */
    public Outbox(String replica, Function<String, GenerationListener> clients) {
        this.clients = clients;
        var name = "replica-" + replica + "-out";
        thread = Thread.ofPlatform().name(name).unstarted(LastingWork.lasting(name, this::run));
    }

    /** Returns the thread that delivers; it ends some time after {@link #close}. */
    public Thread thread() {
        return thread;
    }

    public void start() {
        thread.start();
    }

    /** Returns the listener by which the replica's thread adds a request's events to the batch. */
    public GenerationListener of(String request) {
        return new GenerationListener() {
            @Override
            public void on(GenerationEvent event) {
                add(client -> client.on(event));
            }

            // At once, beside the events.
            @Override
            public void began(long nanos) {
                clients.apply(request).began(nanos);
            }

            @Override
            public void preempted() {
                add(GenerationListener::preempted);
            }

            @Override
            public void moved(ReplicaEvent.Move move) {
                add(client -> client.moved(move));
            }

            private void add(Consumer<GenerationListener> event) {
                batch.add(new Delivery(request, event));
            }
        };
    }

    /** Sends the batch; waits if clients are too far behind. */
    public void send() {
        if (!batch.isEmpty()) {
            var next = new ArrayList<Delivery>(); // First: without memory nothing has changed.
            places.acquireUninterruptibly();
            boolean isSent = false;
            try {
                batches.add(batch);
                isSent = true;
                batch = next;
            } finally {
                if (!isSent) {
                    places.release();
                }
            }
        }
    }

    /** Sends the rest; the thread ends when all of it is delivered. */
    public void close() {
        try {
            send();
        } finally {
            closed = true;
            wake();
        }
        if (thread.getState() == Thread.State.NEW) {
            start();
        }
    }

    private void wake() {
        boolean isWoken = false;
        try {
            isWoken = batches.add(END);
        } finally {
            if (!isWoken) { // Without memory for a node of the queue.
                thread.interrupt();
            }
        }
    }

    /** Delivers until the end. What an error has interrupted is continued by the next call. */
    private void run() {
        while (!inHand.isEmpty() || take()) {
            while (delivered < inHand.size()) {
                deliver(inHand.get(delivered++));
            }
            inHand = List.of();
            delivered = 0;
            places.release();
        }
    }

    // Nothing that goes wrong with one event may keep others from their clients.
    private void deliver(Delivery delivery) {
        try {
            delivery.event.accept(clients.apply(delivery.request));
        } catch (RuntimeException | Error e) {
            complain("An event of request " + delivery.request + " could not be delivered", e);
        }
    }

    /** Takes the next batch in hand; returns false if none is left after {@link #close}. */
    private boolean take() {
        while (true) {
            try {
                var next = closed ? batches.poll() : batches.take();
                if (next == null || next.isEmpty()) {
                    return false;
                }
                inHand = next;
                return true;
            } catch (InterruptedException e) {
                // A client may leave an interrupt behind; it concerns nobody else's events.
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
