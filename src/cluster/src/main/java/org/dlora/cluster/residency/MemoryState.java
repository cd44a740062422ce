package org.dlora.cluster.residency;

import static java.util.Objects.requireNonNullElse;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.dlora.cluster.residency.HeldAdapter.State;
import org.dlora.device.MemoryBound;
import org.dlora.device.MemorySize;
import org.dlora.scheduling.residency.CopyStanding;
import org.dlora.scheduling.residency.KvStanding;
import org.dlora.scheduling.residency.ResidencySettings;
import org.dlora.scheduling.residency.ResidencySnapshot;
import org.jspecify.annotations.Nullable;

/**
 * The adapters of an {@link AdapterMemory} and the requests that wait for them. The memory's lock
 * guards it.
 */
final class MemoryState {
    /** Bytes of which sums do not overflow. */
    private static final long MOST = Long.MAX_VALUE / 4;

    private final Map<String, HeldAdapter> adapters = new LinkedHashMap<>();

    /** Adapters that a plan may concern. The others cost a plan nothing. */
    private final Set<HeldAdapter> active = new LinkedHashSet<>();

    /** Adapters whose load begins once evicted ones have given their memory back. */
    private final Set<HeldAdapter> queued = new LinkedHashSet<>();

    /** Adapters by request: one for each of its waiters. A request that moves can have two. */
    private final Map<String, List<HeldAdapter>> waitsFor = new HashMap<>();

    /** Requests so far, which are the clock of demands. */
    private double requests;

    /** Whether the weights of an adapter, by id, are read by a thread that has failed. */
    private Predicate<String> stuck = _ -> false;

    /**
     * Begins to plan without the memory of some adapters.
     *
     * @param readByFailed whether the weights of an adapter, by id, do not come back before a
     *     thread ends that has failed
     */
    void start(Predicate<String> readByFailed) {
        stuck = readByFailed;
    }

    /** Returns whether the memory of the adapter does not come back until a thread ends. */
    boolean isStuck(HeldAdapter held) {
        return held.weights != null && stuck.test(held.id);
    }

    /** Returns whether the memory of any adapter does not come back until a thread ends. */
    boolean isAnyStuck() {
        return active.stream().anyMatch(this::isStuck);
    }

    /** Returns the adapters that are wanted, and whose eviction a failed thread holds up. */
    List<HeldAdapter> waitedForInVain() {
        return active.stream()
                .filter(held -> held.state == State.EVICTING && held.isWanted() && isStuck(held))
                .toList();
    }

    void add(HeldAdapter held) {
        if (adapters.putIfAbsent(held.id, held) != null) {
            throw new IllegalStateException("Adapter id " + held.id + " is in use already");
        }
    }

    @Nullable HeldAdapter find(String id) {
        return adapters.get(id);
    }

    /**
     * Returns an adapter that takes new requests.
     *
     * @throws IllegalArgumentException if there is none
     */
    HeldAdapter open(String id) {
        var held = adapters.get(id);
        if (held == null || held.retired) {
            throw new IllegalArgumentException("Adapter " + id + " is not known");
        }
        return held;
    }

    /**
     * Returns an adapter that a plan names, which may be retired.
     *
     * @throws IllegalArgumentException if there is none
     */
    HeldAdapter known(String id) {
        var held = adapters.get(id);
        if (held == null) {
            throw new IllegalArgumentException("Adapter " + id + " is not known");
        }
        return held;
    }

    Collection<HeldAdapter> all() {
        return adapters.values();
    }

    /** Returns the adapters that a plan may concern. */
    Stream<HeldAdapter> active() {
        return active.stream().filter(HeldAdapter::isActive);
    }

    /** Notes that a plan may concern the adapter. */
    void touch(HeldAdapter held) {
        active.add(held);
    }

    /** Counts a request of the adapter. */
    void asked(HeldAdapter held, Instant now, double halfLife) {
        held.lastUsed = now;
        held.demand = held.demand.arrived(++requests, halfLife);
    }

    void add(HeldAdapter held, Waiter waiter) {
        held.add(waiter);
        if (waiter.isRequest()) {
            waitsFor.computeIfAbsent(waiter.request(), _ -> new ArrayList<>()).add(held);
        }
        active.add(held);
    }

    /**
     * Has adapters loaded that no request waits for, instead of those of the call before. Unknown,
     * retired, resident and resting ones are passed over.
     */
    void prefetch(Collection<String> ids, double now) {
        active.forEach(held -> held.waiters.removeIf(Waiter::isPrefetch));
        for (var id : ids) {
            var held = adapters.get(id);
            if (held != null
                    && !held.retired
                    && held.state != State.RESIDENT
                    && !held.isResting(now)) {
                add(held, Waiter.PREFETCH);
            }
        }
    }

    /** Removes and returns the waiters of a request; none if it does not wait. */
    List<Waiter> remove(String request) {
        return requireNonNullElse(waitsFor.remove(request), List.<HeldAdapter>of()).stream()
                .map(held -> held.remove(request))
                .filter(Objects::nonNull)
                .toList();
    }

    /** Removes and returns whoever waits for the adapter, in the order of arrival. */
    List<Waiter> takeWaiters(HeldAdapter held) {
        var taken = held.takeWaiters();
        taken.forEach(waiter ->
                waitsFor.computeIfPresent(
                        waiter.request(),
                        (_, its) -> {
                            its.remove(held);
                            return its.isEmpty() ? null : its;
                        }));
        return taken;
    }

    /** Removes and returns the waiters of all requests. */
    List<Waiter> takeRequests() {
        waitsFor.clear();
        return active.stream().flatMap(held -> held.takeRequests().stream()).toList();
    }

    boolean waits(String request) {
        return waitsFor.containsKey(request);
    }

    /** Returns the number of requests that wait. */
    int waiting() {
        return waitsFor.size();
    }

    /** Returns whether a load would serve somebody. */
    boolean isLoadWanted() {
        return active.stream().anyMatch(HeldAdapter::isWanted);
    }

    /** Returns the number of adapters whose load would serve somebody. */
    int wanted() {
        return (int) active.stream().filter(HeldAdapter::isWanted).count();
    }

    /** Queues the load of an adapter that a plan names. */
    void queue(String id, double now) {
        var held = adapters.get(id);
        if (held != null && queued.add(held)) {
            active.add(held);
            held.isQueued = true;
            if (held.state == State.ABSENT) {
                held.enter(State.QUEUED, now);
            }
        }
    }

    List<HeldAdapter> queued() {
        return List.copyOf(queued);
    }

    boolean isQueued(HeldAdapter held) {
        return queued.contains(held);
    }

    void unqueue(HeldAdapter held) {
        queued.remove(held);
        held.isQueued = false;
    }

    /** Returns whether memory that plans count on is about to come back. */
    boolean isAnyEvicting() {
        return active.stream().anyMatch(this::comesBack);
    }

    private boolean comesBack(HeldAdapter held) {
        return held.state == State.EVICTING && !isStuck(held);
    }

    /** Forgets retired adapters that nobody needs, and returns them. */
    List<HeldAdapter> forgetRetired() {
        var gone = new ArrayList<HeldAdapter>();
        for (var held : active) {
            if (held.retired && held.state == State.ABSENT && held.waiters.isEmpty()) {
                gone.add(held);
            }
        }
        gone.forEach(held -> adapters.remove(held.id));
        active.removeAll(gone);
        active.removeIf(held -> !held.isActive());
        return gone;
    }

    /** Returns the adapters that are to leave and that no request runs with any more. */
    List<HeldAdapter> unusedLeaving() {
        return active.stream()
                .filter(held -> held.state == State.LEAVING && held.running == 0)
                .toList();
    }

    /** Returns the resident adapters that take no new requests and that no request runs with. */
    List<HeldAdapter> retiredResidents() {
        return active.stream()
                .filter(held -> held.retired && held.state == State.RESIDENT && held.running == 0)
                .toList();
    }

    /**
     * Returns the snapshot for a decision.
     *
     * @param available bytes that nobody has taken
     * @param secondsPerByte predicted time of a load
     */
    ResidencySnapshot snapshot(
            double now, long available, double secondsPerByte, ResidencySettings settings) {
        return snapshot(now, available, secondsPerByte, List.of(), List.of(), settings);
    }

    /**
     * Returns a snapshot as above, of a memory that KV caches and copies of merged weights share.
     */
    ResidencySnapshot snapshot(
            double now,
            long available,
            double secondsPerByte,
            List<KvStanding> kv,
            List<CopyStanding> copies,
            ResidencySettings settings) {
        return new ResidencySnapshot(
                now,
                free(available),
                active.stream()
                        .filter(held -> held.isPlanned(now))
                        .filter(held -> !held.isLeaving() || !isStuck(held))
                        .map(held ->
                                held.standing(
                                        held.pinned || isStuck(held),
                                        held.demand.perUnit(requests, settings.demandHalfLife()),
                                        secondsPerByte))
                        .toList(),
                kv,
                copies,
                settings);
    }

    /** Returns the number of requests so far. */
    double requests() {
        return requests;
    }

    /**
     * Checks that an adapter can fit once others are evicted.
     *
     * @param available bytes that are free, or that KV caches can give up
     * @param bound bound of the memory
     * @param held the adapter; null if it is not known yet
     * @throws IllegalStateException if it never can, with the sizes
     */
    void requireRoom(
            String adapter,
            long bytes,
            long available,
            MemoryBound bound,
            @Nullable HeldAdapter held) {
        long most = most(available, held);
        if (bytes > most) {
            throw new IllegalStateException(
                    "There is not enough memory for adapter '%s': %s are needed, and at most %s can be made free for adapters. Start the server with %s or a smaller KV cache (dlora.kv-cache.size), or unpin adapters"
                            .formatted(
                                    adapter,
                                    new MemorySize(bytes).roundedUp(),
                                    new MemorySize(most).roundedDown(),
                                    bound.remedy()));
        }
    }

    /** Returns the bytes that a load may take once evicted adapters have given back theirs. */
    private long free(long available) {
        long free = Math.min(available, MOST);
        for (var held : active) {
            free += comesBack(held) ? held.bytes() : 0;
        }
        for (var held : queued) {
            free -= held.bytes();
        }
        return free;
    }

    /**
     * Returns the most bytes that can be made free for one adapter. Pinned adapters keep theirs,
     * and get what they lack.
     *
     * @param wanted the adapter; null if it is not known yet
     */
    long most(long available, @Nullable HeldAdapter wanted) {
        long most = Math.min(available, MOST);
        for (var held : active) { // The others take nothing and keep nothing.
            boolean isKept = held.pinned && held != wanted;
            boolean isOut = held.state == State.ABSENT || held.state == State.QUEUED;
            if (isKept && isOut) {
                most -= held.bytes();
            } else if (!isKept && !isOut) {
                most += held.bytes();
            }
        }
        return Math.max(0, most);
    }
}
