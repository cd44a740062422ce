package org.dlora.cluster.residency;

import java.util.List;
import java.util.function.Consumer;
import org.dlora.cluster.residency.HeldAdapter.State;
import org.dlora.engine.ReplicaRef;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.GenerationRequest;
import org.dlora.scheduling.MemoryLoad;
import org.dlora.scheduling.residency.Residence;
import org.jspecify.annotations.Nullable;

/**
 * Placement of an {@link AdapterMemory}'s requests on its replicas. A request of a resident adapter
 * goes to the replica of least load at once; others wait in the {@link MemoryState}. The memory's
 * lock guards it; {@code lock} is that lock.
 */
final class RequestPlacement {
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
    RequestPlacement(
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

    /** Gives a request to a replica, now or once its adapter is resident. */
    void submit(GenerationRequest request, GenerationListener listener, Consumer<String> placed) {
        requireServing();
        var held = state.open(request.adapter().toString());
        double now = now();
        boolean isResident = held.state == State.RESIDENT;
        if (isResident) {
            run(held, request, listener, placed);
        } else {
            ReplicaChoice.leastLoaded(replicas).check(request);
            state.add(held, waiter(held, request, listener, placed));
            changed.run();
        }
        state.asked(held, now, options.halfLife());
        meters.asked(isResident);
    }

    private Waiter waiter(
            HeldAdapter held,
            GenerationRequest request,
            GenerationListener listener,
            Consumer<String> placed) {
        double since = now();
        return new Waiter(
                request.id(),
                since,
                () -> {
                    meters.waited(now() - since);
                    run(held, request, listener, placed);
                },
                failure -> listener.on(failure.event()),
                () -> listener.on(LoadFailure.cancelled(request)));
    }

    private void run(
            HeldAdapter held,
            GenerationRequest request,
            GenerationListener listener,
            Consumer<String> placed) {
        var replica = ReplicaChoice.leastLoaded(replicas);
        placed.accept(replica.id());
        held.running++;
        try {
            replica.submit(
                    request,
                    event -> {
                        try {
                            listener.on(event);
                        } finally {
                            if (event.isLast()) {
                                ended(held);
                            }
                        }
                    });
        } catch (RuntimeException | Error e) {
            held.running--;
            throw e;
        }
    }

    private void ended(HeldAdapter held) {
        synchronized (lock) {
            held.running--;
            held.lastUsed = now();
            if (held.running == 0 && (held.retired || state.isLoadWanted())) {
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
        Waiter found;
        synchronized (lock) {
            found = state.remove(request);
            if (found != null) {
                changed.run();
            }
        }
        if (found != null) {
            found.cancelled().run();
        }
        return found != null;
    }

    /** Returns the names of the adapters that requests wait for. */
    List<String> waitingAdapters() {
        return state.all().stream()
                .filter(held -> !held.waiters.isEmpty())
                .map(held -> held.source.name())
                .distinct()
                .toList();
    }

    /**
     * Returns the load that a request of an adapter would meet.
     *
     * @param held the adapter; null if it is not known
     * @param available bytes that are free, or that KV caches can give up
     */
    MemoryLoad load(@Nullable HeldAdapter held, long available) {
        boolean hasAdapter =
                held != null
                        && (held.residence() == Residence.RESIDENT
                                || held.residence() == Residence.LOADING);
        boolean fits = hasAdapter || (held != null && held.bytes() <= state.most(available, held));
        var each = replicas.stream().filter(ReplicaRef::isServing).map(ReplicaRef::load).toList();
        int unfinished = each.stream().mapToInt(load -> load.running() + load.waiting()).sum();
        return new MemoryLoad(
                options.name(),
                Math.max(1, each.size()),
                unfinished + state.waiting(),
                hasAdapter,
                fits);
    }

    private double now() {
        return options.clock().getAsDouble();
    }
}
