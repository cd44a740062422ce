package org.dlora.cluster.residency;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.DoubleSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dlora.cluster.residency.HeldAdapter.State;
import org.dlora.device.MemoryFullException;
import org.dlora.device.MemoryReservation;
import org.dlora.device.MemoryUse;
import org.dlora.replica.request.FailureCode;
import org.dlora.scheduling.residency.ResidencyPlan;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Execution of an {@link AdapterMemory}'s plans: evictions and loads begin here, and end on other
 * threads. The memory's lock guards it; {@code lock} is that lock.
 */
final class PlanExecution {
    /** Id of an adapter in a reason. */
    private static final Pattern ID = Pattern.compile("[^\\s,'():]+#\\d+");

    private static final Logger log = LoggerFactory.getLogger(PlanExecution.class);

    private final Object lock;
    private final MemoryState state;
    private final KvBudget kv;
    private final CopyBudget copies;
    private final AdapterLoads loads;
    private final ResidencyMeters meters;
    private final DoubleSupplier clock;
    private final Runnable changed;
    private ResidencyEvents events = ResidencyEvents.NONE;

    /** Releases of weights that have not ended and were not taken back, by adapter. */
    private final Map<HeldAdapter, Release> releases = new HashMap<>();

    /** The release of an adapter's weights. */
    private static final class Release {
        final CompletableFuture<Void> ended = new CompletableFuture<>();

        /** Whether no replica reads the weights any more, so that they are about to be freed. */
        boolean isFreeing;
    }

    /**
     * @param changed is run under the lock when another plan may follow
     */
    PlanExecution(
            Object lock,
            MemoryState state,
            KvBudget kv,
            CopyBudget copies,
            AdapterLoads loads,
            ResidencyMeters meters,
            DoubleSupplier clock,
            Runnable changed) {
        this.lock = lock;
        this.state = state;
        this.kv = kv;
        this.copies = copies;
        this.loads = loads;
        this.meters = meters;
        this.clock = clock;
        this.changed = changed;
    }

    private double now() {
        return clock.getAsDouble();
    }

    /**
     * Begins what the plan says.
     *
     * @return reports to others, which are sent without the lock
     */
    List<Runnable> begin(ResidencyPlan plan) {
        var tell = new ArrayList<Runnable>();
        state.waitedForInVain().forEach(this::takeBack);
        plan.reasons().forEach(why -> log.debug("Adapter {}: {}", why.adapter(), why.text()));
        plan.evict().forEach(id -> leave(state.known(id), lasting(plan, id)));
        plan.close().forEach(id -> leave(state.known(id), lasting(plan, id)));
        plan.copies().forEach(copies::release);
        plan.kv().forEach(kv::begin);
        for (var id : plan.load()) {
            state.known(id).whyLoaded = lasting(plan, id);
            state.queue(id, now());
        }
        for (var id : plan.impossible()) {
            var held = state.find(id);
            if (held != null) {
                var name = held.source.name();
                var why = reason(plan, id);
                var failure =
                        isReduced()
                                ? LoadFailure.lacksRoom(name, why)
                                : LoadFailure.tooLarge(name, why);
                fail(held, failure, tell);
            }
        }
        return tell;
    }

    /** Returns whether a replica that has failed holds memory that comes back later. */
    private boolean isReduced() {
        return state.isAnyStuck() || kv.isAnyFailed() || loads.books().taken(MemoryUse.FENCED) > 0;
    }

    private static String reason(ResidencyPlan plan, String id) {
        return plan.reasons().stream()
                .filter(reason -> reason.adapter().equals(id))
                .map(ResidencyPlan.Reason::text)
                .findFirst()
                .orElse("");
    }

    /** Returns the reason with the names of adapters, which outlast their ids. */
    private String lasting(ResidencyPlan plan, String id) {
        return ID.matcher(reason(plan, id))
                .replaceAll(found -> {
                    var other = state.find(found.group());
                    return Matcher.quoteReplacement(
                            other == null ? found.group() : other.source.name());
                });
    }

    /** Tells of loads and evictions from now on; to be called under the lock. */
    void tell(ResidencyEvents changes) {
        events = changes;
    }

    /**
     * Takes no more new requests of the adapter. It is evicted once those that run have ended:
     * until then every replica has it, as each may have to go on with requests of another one.
     *
     * @param why {@link HeldAdapter#whyEvicted}
     */
    void leave(HeldAdapter held, String why) {
        held.whyEvicted = why;
        if (held.running == 0) {
            evict(held);
        } else {
            held.enter(State.LEAVING, now());
        }
    }

    /** Takes the adapter from the replicas, and frees its memory when they have let it go. */
    private void evict(HeldAdapter held) {
        held.enter(State.EVICTING, now());
        var weights = held.weights;
        var release = new Release();
        releases.put(held, release);
        var _ =
                loads.release(held.id, weights, () -> mayFree(held, release))
                        .whenComplete((_, _) -> {
                            left(held, release);
                            release.ended.complete(null);
                        });
    }

    private boolean mayFree(HeldAdapter held, Release release) {
        synchronized (lock) {
            release.isFreeing = releases.get(held) == release;
            return release.isFreeing;
        }
    }

    private void left(HeldAdapter held, Release release) {
        synchronized (lock) {
            if (releases.remove(held, release)) {
                held.weights = null;
                held.evictions++;
                meters.evicted();
                events.evicted(held);
                held.enter(State.ABSENT, now());
                if (state.isQueued(held)) {
                    held.enter(State.QUEUED, now());
                }
            }
            changed.run();
        }
    }

    /**
     * Serves an adapter again that was to be evicted and is wanted. A failed thread may read its
     * weights for as long as it hangs, so no other ones could take their place.
     */
    private void takeBack(HeldAdapter held) {
        var release = releases.get(held);
        var weights = held.weights;
        if (release == null || release.isFreeing || weights == null) {
            return;
        }
        releases.remove(held);
        state.unqueue(held);
        held.enter(State.LOADING, now());
        loads.giveAgain(held.id, weights, isKnown -> takenBack(held, isKnown));
    }

    private void takenBack(HeldAdapter held, boolean isKnown) {
        var tell = new ArrayList<Runnable>();
        synchronized (lock) {
            if (isKnown) {
                held.enter(State.RESIDENT, now());
                goOn(held, tell);
            } else {
                evict(held); // The next plan tries again.
            }
            changed.run();
        }
        tell(tell);
    }

    /** Waits for all releases; to be called without the lock, once the replicas have ended. */
    void awaitReleases() {
        List<CompletableFuture<Void>> running;
        synchronized (lock) {
            running = releases.values().stream().map(release -> release.ended).toList();
        }
        running.forEach(CompletableFuture::join);
    }

    /** Lets adapters go that no request runs with any more, and forgets retired ones. */
    void settleLeaving() {
        state.unusedLeaving().forEach(this::evict);
        state.retiredResidents()
                .forEach(held -> leave(held, "is evicted, as its version is not served any more"));
        for (var held : state.forgetRetired()) {
            var _ = loads.forget(held.id).thenRun(() -> held.forgotten.complete(null));
        }
    }

    /** Begins the loads that have their memory. */
    void beginLoads() {
        for (var held : state.queued()) {
            if (held.isLeaving()) {
                if (state.isStuck(held)) {
                    state.unqueue(held);
                }
                continue;
            }
            MemoryReservation memory;
            try {
                memory = loads.reserve(held.bytes());
            } catch (MemoryFullException _) {
                if (!state.isAnyEvicting() && !kv.isShrinking() && !copies.isReleasing()) {
                    // Something else has taken the memory, so the next plan looks again.
                    state.unqueue(held);
                    held.enter(State.ABSENT, now());
                }
                continue; // Plans count the bytes that this one waits for as its own.
            }
            state.unqueue(held);
            held.enter(State.LOADING, now());
            try {
                loads.begin(
                        held.id, held.source, held.retired, memory, result -> loaded(held, result));
            } catch (RuntimeException | Error e) {
                memory.close();
                var undone = LoadFailure.undone(held.source.name(), e);
                loaded(held, new AdapterLoads.Result.Failed(undone));
            }
        }
    }

    private void loaded(HeldAdapter held, AdapterLoads.Result result) {
        var tell = new ArrayList<Runnable>();
        synchronized (lock) {
            switch (result) {
                case AdapterLoads.Result.Loaded(var weights, var seconds) -> {
                    held.loaded(weights, seconds, now());
                    meters.loaded(weights.origin(), weights.bytes(), seconds);
                    events.loaded(held, weights, seconds);
                    goOn(held, tell);
                }
                case AdapterLoads.Result.Failed(var failure) -> {
                    events.failed(held, failure);
                    held.failed(now());
                    held.enter(State.ABSENT, now());
                    fail(held, failure, tell);
                }
            }
            changed.run();
        }
        tell(tell);
    }

    /** Tells others without the lock. One that throws keeps nothing from the next. */
    static void tell(List<Runnable> actions) {
        for (var action : actions) {
            try {
                action.run();
            } catch (RuntimeException | Error e) {
                log.error("A request that waited for its adapter could not be told", e);
            }
        }
    }

    /** Lets whoever has waited for the adapter go on, in the order of arrival. */
    private void goOn(HeldAdapter held, List<Runnable> tell) {
        for (var waiter : state.takeWaiters(held)) {
            if (waiter.request().isEmpty()) {
                tell.add(waiter.resident()); // What an operator does next may take any lock.
                continue;
            }
            try {
                waiter.resident().run();
            } catch (RuntimeException | Error e) {
                var failure = LoadFailure.of(FailureCode.REPLICA_FAULT, e);
                tell.add(() -> waiter.failed().accept(failure));
            }
        }
    }

    /** Fails all requests that wait. Loads that administrators wait for go on. */
    void failRequests(LoadFailure failure, List<Runnable> tell) {
        for (var waiter : state.takeRequests()) {
            tell.add(() -> waiter.failed().accept(failure));
        }
    }

    /** Fails whoever waits for the adapter. */
    void fail(HeldAdapter held, LoadFailure failure, List<Runnable> tell) {
        for (var waiter : state.takeWaiters(held)) {
            tell.add(() -> waiter.failed().accept(failure));
        }
    }
}
