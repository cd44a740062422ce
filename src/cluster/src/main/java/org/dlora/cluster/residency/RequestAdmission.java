package org.dlora.cluster.residency;

import java.util.List;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.cluster.residency.HeldAdapter.State;
import org.dlora.engine.ReplicaRef;
import org.dlora.scheduling.dispatch.AdapterPresence;
import org.jspecify.annotations.Nullable;

/**
 * Admission of requests to the adapters of an {@link AdapterMemory}. A request of a resident
 * adapter goes on at once; others wait in the {@link MemoryState}. The memory's lock guards it;
 * {@code lock} is that lock.
 */
final class RequestAdmission {
    private final Object lock;
    private final ResidencyOptions options;
    private final MemoryState state;
    private final ResidencyMeters meters;
    private final Runnable changed;
    private List<ReplicaRef> replicas = List.of();
    private boolean stopped;

    /**
     * @param changed is run under the lock when another plan may follow
     */
    RequestAdmission(
            Object lock,
            ResidencyOptions options,
            MemoryState state,
            ResidencyMeters meters,
            Runnable changed) {
        this.lock = lock;
        this.options = options;
        this.state = state;
        this.meters = meters;
        this.changed = changed;
    }

    /** Begins to take requests for {@code sharing}. */
    void start(List<ReplicaRef> sharing) {
        replicas = sharing;
    }

    /** Takes no more requests. */
    void stop() {
        stopped = true;
    }

    /** Returns the replicas that share the memory; none before the start. */
    List<ReplicaRef> replicas() {
        return replicas;
    }

    /** Returns whether one of the replicas takes requests. */
    boolean isServing() {
        return !stopped && replicas.stream().anyMatch(ReplicaRef::isServing);
    }

    /**
     * Checks that it has been started, and not stopped.
     *
     * @throws IllegalStateException if it is not so
     */
    void requireServing() {
        if (stopped || replicas.isEmpty()) {
            throw new IllegalStateException("The server is shutting down");
        }
    }

    /**
     * Grants the use of an adapter, now or once it is resident.
     *
     * @throws NoReplicaException if no replica serves: a request that waited might not go on
     */
    void admit(AdapterClient client) {
        requireReplica();
        var held = state.open(client.request().adapter().toString());
        admit(client, held, held.state == State.RESIDENT);
    }

    /**
     * Grants the use of an adapter that may be retired, or forgotten here. One that is about to
     * leave stays for the request.
     *
     * @throws NoReplicaException if no replica serves
     */
    void readmit(AdapterClient client, RegisteredAdapter source) {
        requireReplica();
        var id = client.request().adapter().toString();
        var held = state.find(id);
        if (held == null) {
            held = new HeldAdapter(id, source, now());
            held.retired = true;
            state.add(held);
        }
        admit(client, held, held.isLoaded());
    }

    private void requireReplica() {
        requireServing();
        if (!isServing()) {
            throw new NoReplicaException();
        }
    }

    private void admit(AdapterClient client, HeldAdapter held, boolean isGranted) {
        if (isGranted) {
            grant(held, client);
        } else {
            state.add(held, waiter(held, client));
            changed.run();
        }
        state.asked(held, options.time().instant(), options.halfLife());
        meters.asked(isGranted);
    }

    private Waiter waiter(HeldAdapter held, AdapterClient client) {
        double since = now();
        return new Waiter(
                client.request().id(),
                since,
                () -> {
                    meters.waited(now() - since);
                    grant(held, client);
                },
                failure -> client.failed(failure.event()),
                client::cancelled);
    }

    private void grant(HeldAdapter held, AdapterClient client) {
        held.running++;
        try {
            client.granted(new AdapterUse(replicas, () -> ended(held)));
        } catch (RuntimeException | Error e) {
            held.running--;
            throw e;
        }
    }

    private void ended(HeldAdapter held) {
        synchronized (lock) {
            held.running--;
            held.lastUsed = options.time().instant();
            boolean goes = held.retired || held.state == State.LEAVING;
            if (held.running == 0 && (goes || state.isLoadWanted())) {
                changed.run();
            }
        }
    }

    /**
     * Ends a request that waits; to be called without the lock, as its listener is told.
     *
     * @return whether it waited
     */
    boolean cancel(String request) {
        List<Waiter> found;
        synchronized (lock) {
            found = state.remove(request);
            if (!found.isEmpty()) {
                changed.run();
            }
        }
        found.forEach(waiter -> waiter.cancelled().run());
        return !found.isEmpty();
    }

    /** Returns the names of the adapters that requests wait for. */
    List<String> waitingAdapters() {
        return state.active()
                .filter(held -> held.waitingRequests() > 0)
                .map(held -> held.source.name())
                .distinct()
                .toList();
    }

    /**
     * Returns the standing of an adapter for a new request.
     *
     * @param held the adapter; null if it is not known
     * @param available bytes that are free, or that KV caches can give up
     */
    AdapterPresence presence(@Nullable HeldAdapter held, long available) {
        if (held == null) {
            return new AdapterPresence.Impossible(0, 0);
        }
        return switch (held.residence()) {
            case RESIDENT -> new AdapterPresence.Resident();
            case LOADING -> new AdapterPresence.Loading(seconds(held));
            case ABSENT, LEAVING -> {
                long most = state.most(available, held);
                yield held.bytes() > most
                        ? new AdapterPresence.Impossible(held.bytes(), most)
                        : new AdapterPresence.Absent((1 + state.wanted()) * seconds(held));
            }
        };
    }

    private double seconds(HeldAdapter held) {
        return held.predictedLoadSeconds(meters.secondsPerByte());
    }

    private double now() {
        return options.clock().getAsDouble();
    }
}
