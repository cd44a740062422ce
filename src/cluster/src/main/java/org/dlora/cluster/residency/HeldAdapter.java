package org.dlora.cluster.residency;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.adapter.weights.LoadOrigin;
import org.dlora.scheduling.residency.AdapterStanding;
import org.dlora.scheduling.residency.ArrivalRate;
import org.dlora.scheduling.residency.Residence;
import org.jspecify.annotations.Nullable;

/** One version of an adapter in an {@link AdapterMemory}, whose lock guards it. */
final class HeldAdapter {
    final String id;
    final Deque<Waiter> waiters = new ArrayDeque<>();
    RegisteredAdapter source;
    State state = State.ABSENT;
    double since;
    boolean pinned;

    /** The decision to load it, in words. */
    String whyLoaded = "";

    /** The decision to evict it, in words. */
    String whyEvicted = "";

    /** Whether it takes no new requests, and is forgotten once nobody uses it. */
    boolean retired;

    /** Completes once it is forgotten. */
    final CompletableFuture<Void> forgotten = new CompletableFuture<>();

    /** Seconds after which a load that failed is tried again, at least and at most. */
    private static final double LEAST_PAUSE = 0.2;

    private static final double MOST_PAUSE = 60;

    /** Time before which no load is tried again; a failed load sets it. */
    private double retryAt = Double.NEGATIVE_INFINITY;

    private double pause = LEAST_PAUSE;

    /** Time until which requests alone load it; set by an eviction by hand. */
    private double restsUntil = Double.NEGATIVE_INFINITY;

    /** Whether its load begins once memory has come back, its own among it. */
    boolean isQueued;

    int running;
    @Nullable Instant lastUsed;
    ArrivalRate demand = ArrivalRate.NONE;
    @Nullable AdapterWeights weights;
    final Map<LoadOrigin, LoadTotals> loadsByOrigin = new EnumMap<>(LoadOrigin.class);
    long loads;
    long evictions;

    /** Seconds of the last load; NaN before the first. */
    double loadSeconds = Double.NaN;

    private final List<CompletableFuture<Void>> absent = new ArrayList<>();

    /** Progress of an adapter into the memory and out of it. */
    enum State {
        ABSENT,
        /** The adapter is loaded as soon as evicted adapters have given their memory back. */
        QUEUED,
        LOADING,
        RESIDENT,
        /** Nothing runs with it; its memory is about to be free. */
        EVICTING,
        /** Requests still run with it, on any replica; afterwards it is evicted. */
        LEAVING
    }

    HeldAdapter(String id, RegisteredAdapter source, double now) {
        this.id = id;
        this.source = source;
        since = now;
    }

    void enter(State next, double now) {
        state = next;
        since = now;
        if (next == State.ABSENT) {
            var told = List.copyOf(absent);
            absent.clear();
            told.forEach(one -> one.complete(null));
        }
    }

    void loaded(AdapterWeights uploaded, double seconds, double now) {
        weights = uploaded;
        loads++;
        loadsByOrigin.merge(
                uploaded.origin(),
                LoadTotals.NONE.plus(uploaded.bytes(), seconds),
                (before, _) -> before.plus(uploaded.bytes(), seconds));
        loadSeconds = seconds;
        pause = LEAST_PAUSE;
        enter(State.RESIDENT, now);
    }

    /**
     * Notes that a load has failed. A pinned adapter that nobody waits for is tried less and less
     * often, as each try may evict others.
     */
    void failed(double now) {
        pause = waiters.isEmpty() ? Math.min(MOST_PAUSE, 2 * pause) : LEAST_PAUSE;
        retryAt = now + pause;
    }

    /** Adds whoever waits for it. A request does not wait for a long pause to end. */
    void add(Waiter waiter) {
        waiters.add(waiter);
        retryAt = Math.min(retryAt, waiter.arrived() + LEAST_PAUSE);
    }

    /** Returns the requests that wait for it. */
    int waitingRequests() {
        return (int) waiters.stream().filter(Waiter::isRequest).count();
    }

    /**
     * Checks that it may be evicted.
     *
     * @throws IllegalStateException if it is pinned, or being loaded
     */
    void requireEvictable() {
        if (pinned) {
            throw new IllegalStateException(
                    "Adapter '%s' is pinned; unpin it first".formatted(source.name()));
        }
        if (residence() == Residence.LOADING) {
            throw new IllegalStateException(
                    "Adapter '%s' is being loaded; evict it once it is resident"
                            .formatted(source.name()));
        }
    }

    /** Has requests alone load it until a time. */
    void rest(double until) {
        restsUntil = until;
        waiters.removeIf(Waiter::isPrefetch);
    }

    /** Ends the rest: it is wanted by hand. */
    void endRest() {
        restsUntil = Double.NEGATIVE_INFINITY;
    }

    boolean isResting(double now) {
        return now < restsUntil;
    }

    /** Frees its weights at the end of the server. */
    void free(double now) {
        var held = weights;
        if (held != null) {
            held.close();
            weights = null;
        }
        enter(State.ABSENT, now);
        forgotten.complete(null);
    }

    /** Returns a future that completes once it takes no memory. */
    CompletableFuture<Void> whenAbsent() {
        var done = new CompletableFuture<Void>();
        if (state == State.ABSENT) {
            done.complete(null);
        } else {
            absent.add(done);
        }
        return done;
    }

    /** Returns whether a plan may concern it. */
    boolean isActive() {
        return state != State.ABSENT || !waiters.isEmpty() || pinned || retired;
    }

    /** Returns whether a load would serve somebody. */
    boolean isWanted() {
        boolean isOut = residence() == Residence.ABSENT || state == State.LEAVING;
        return isOut && (!waiters.isEmpty() || pinned);
    }

    /** Returns whether a plan is to look at it; not for a while after a failed load. */
    boolean isPlanned(double now) {
        return residence() != Residence.ABSENT || (isWanted() && now >= retryAt);
    }

    /** Returns whether all replicas have it. */
    boolean isLoaded() {
        return state == State.RESIDENT || state == State.LEAVING;
    }

    boolean isLeaving() {
        return state == State.EVICTING || state == State.LEAVING;
    }

    /** Removes and returns whoever waits, in the order of arrival. */
    List<Waiter> takeWaiters() {
        var taken = List.copyOf(waiters);
        waiters.clear();
        return taken;
    }

    /** Removes and returns the waiters of requests, in the order of arrival. */
    List<Waiter> takeRequests() {
        var taken = waiters.stream().filter(Waiter::isRequest).toList();
        waiters.removeAll(taken);
        return taken;
    }

    /** Removes the waiter of request {@code request}. */
    @Nullable Waiter remove(String request) {
        for (var waiter : waiters) {
            if (waiter.request().equals(request)) {
                waiters.remove(waiter);
                return waiter;
            }
        }
        return null;
    }

    /** Returns the bytes that it takes, or will take. */
    long bytes() {
        return weights == null ? source.bytes() : weights.bytes();
    }

    /**
     * Returns the predicted time of a load.
     *
     * @param secondsPerByte that loads of others take
     */
    double predictedLoadSeconds(double secondsPerByte) {
        return Double.isNaN(loadSeconds) ? secondsPerByte * bytes() : loadSeconds;
    }

    /**
     * Returns its standing for a decision.
     *
     * @param isKept whether it may not be evicted
     * @param expected share of the next requests that are its own
     * @param secondsPerByte predicted time of a load
     */
    AdapterStanding standing(boolean isKept, double expected, double secondsPerByte) {
        return new AdapterStanding(
                id,
                bytes(),
                predictedLoadSeconds(secondsPerByte),
                residence(),
                since,
                isKept,
                running,
                waiters.size(),
                oldest(waiters.stream()),
                waitingRequests(),
                oldest(waiters.stream().filter(Waiter::isRequest)),
                expected);
    }

    private static double oldest(Stream<Waiter> waiters) {
        return waiters.mapToDouble(Waiter::arrived).min().orElse(Double.POSITIVE_INFINITY);
    }

    /** Returns its residence for plans, for which an adapter that is to be loaded is loading. */
    Residence residence() {
        return isQueued ? Residence.LOADING : stateResidence();
    }

    private Residence stateResidence() {
        return switch (state) {
            case ABSENT, EVICTING -> Residence.ABSENT;
            case QUEUED, LOADING -> Residence.LOADING;
            case RESIDENT -> Residence.RESIDENT;
            case LEAVING -> Residence.LEAVING;
        };
    }
}
