package org.dlora.engine.delivery;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import org.dlora.background.LastingWork;
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

    /** Batch after which no other one comes; it wakes the thread. */
    private static final List<Delivery> END = List.of();

    private final EventSink clients;
    private final Thread thread;
    private final Semaphore places = new Semaphore(MAX_BATCHES);
    private final BlockingQueue<List<Delivery>> batches = new LinkedBlockingQueue<>();
    private List<Delivery> batch = new ArrayList<>();

    /** The batch that is delivered, and the number of its events that were; the thread's own. */
    private List<Delivery> inHand = List.of();

    private int delivered;
    private volatile boolean closed;

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
            switch (delivery) {
                case Generated(var request, var event) -> clients.on(request, event);
                case Preempted(var request) -> clients.preempted(request);
                case Moved(_, var move) -> clients.moved(move);
            }
        } catch (RuntimeException | Error e) {
            complain("An event of request " + delivery.request() + " could not be delivered", e);
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
