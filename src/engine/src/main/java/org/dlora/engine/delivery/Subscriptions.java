package org.dlora.engine.delivery;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.dlora.engine.meters.RequestMeter;
import org.dlora.replica.ReplicaEvent;
import org.dlora.replica.request.GenerationEvent;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Table of the unfinished requests of a replica and of the clients that subscribed to their events.
 * A client that throws is lost: its request is cancelled, and it is told of the end alone.
 * Thread-safe; the events of a replica come one after another.
 */
public final class Subscriptions {
    private static final Logger log = LoggerFactory.getLogger(Subscriptions.class);

    private final Map<String, Subscription> byRequest = new ConcurrentHashMap<>();
    private final Map<String, Writes> writes = new ConcurrentHashMap<>();
    private final Consumer<String> cancel;

    private static final class Subscription {
        final GenerationListener client;
        final @Nullable RequestMeter meter;
        boolean lost;

        Subscription(GenerationListener client, @Nullable RequestMeter meter) {
            this.client = client;
            this.meter = meter;
        }
    }

    /**
     * Copies of KV blocks for a request that moves here.
     *
     * @param pending that are not answered
     */
    private record Writes(GenerationListener listener, int pending) {}

    /**
     * @param cancel is given the id of a request whose client is lost
     */
    public Subscriptions(Consumer<String> cancel) {
        this.cancel = cancel;
    }

    /**
     * Adds a request.
     *
     * @param meter measures its events, null if nothing does
     * @return false if a request with this id is unfinished
     */
    public boolean add(String request, GenerationListener client, @Nullable RequestMeter meter) {
        return byRequest.putIfAbsent(request, new Subscription(client, meter)) == null;
    }

    /** Removes a request that was not taken. */
    public void remove(String request) {
        byRequest.remove(request);
    }

    /**
     * Adds copies of KV blocks for a request that moves here, to be answered by {@link
     * ReplicaEvent.KvWritten}.
     *
     * @param listener gets the answer
     */
    public void addWrite(String request, GenerationListener listener) {
        writes.merge(
                request,
                new Writes(listener, 1),
                (before, _) -> new Writes(listener, before.pending + 1));
    }

    /** Notes that copies for a request need no answer any more. */
    public void endWrite(String request) {
        writes.computeIfPresent(
                request,
                (_, all) -> all.pending == 1 ? null : new Writes(all.listener, all.pending - 1));
    }

    public boolean has(String request) {
        return byRequest.containsKey(request);
    }

    /** Returns the client of a request; one that nothing reaches if the request has none. */
    public GenerationListener of(String request) {
        return new GenerationListener() {
            @Override
            public void on(GenerationEvent event) {
                var subscription =
                        event.isLast() ? byRequest.remove(request) : byRequest.get(request);
                if (subscription == null) {
                    return;
                }
                if (subscription.meter != null) {
                    subscription.meter.on(event);
                }
                if (!subscription.lost || event.isLast()) {
                    tell(request, subscription, event);
                }
            }

            @Override
            public void began(long nanos) {
                client().ifPresent(client -> client.began(nanos));
            }

            @Override
            public void preempted() {
                client().ifPresent(GenerationListener::preempted);
            }

            @Override
            public void moved(ReplicaEvent.Move move) {
                if (move instanceof ReplicaEvent.KvWritten) {
                    written(request, move);
                    return;
                }
                var client = client();
                if (move instanceof ReplicaEvent.Exported) {
                    byRequest.remove(request);
                }
                client.ifPresent(listener -> listener.moved(move));
            }

            private Optional<GenerationListener> client() {
                return Optional.ofNullable(byRequest.get(request)).map(known -> known.client);
            }
        };
    }

    private void written(String request, ReplicaEvent.Move move) {
        var all = writes.get(request);
        if (all != null) {
            endWrite(request);
            all.listener.moved(move);
        }
    }

    private void tell(String request, Subscription subscription, GenerationEvent event) {
        try {
            subscription.client.on(event);
        } catch (RuntimeException | Error e) {
            subscription.lost = true;
            cancel.accept(request);
            log.warn("The listener of request {} failed, which cancels it", request, e);
        }
    }
}
