package org.dlora.cluster.residency;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.residency.HeldAdapter.State;
import org.dlora.device.MemoryReservation;
import org.dlora.device.MemoryUse;
import org.dlora.engine.ReplicaRef;
import org.dlora.engine.merging.CopyMemory;
import org.dlora.replica.request.FailureCode;
import org.dlora.scheduling.dispatch.AdapterPresence;
import org.dlora.scheduling.residency.EvictionForecast;
import org.dlora.scheduling.residency.ResidencyPlan;

/**
 * The adapters of one memory, which replicas share. A request for an adapter that is not resident
 * waits here while the adapter is loaded, and goes to a replica then. Idle adapters are evicted
 * when a load needs their memory. A {@link org.dlora.scheduling.residency.ResidencyPolicy} decides,
 * which a {@link ResidencyPlanner} asks. Thread-safe.
 */
public final class AdapterMemory implements AutoCloseable {
    private final ResidencyOptions options;
    private final AdapterLoads loads;
    private final ResidencyMeters meters;
    private final MemoryState state = new MemoryState();
    private final KvBudget kv;
    private final CopyBudget copies;
    private final PlanExecution execution;
    private final ResidencyPlanner planner;
    private final RequestAdmission admission;

    /**
     * @param loads uploads adapters, and tells the replicas
     */
    public AdapterMemory(ResidencyOptions options, AdapterLoads loads, ResidencyMeters meters) {
        this.options = options;
        this.loads = loads;
        this.meters = meters;
        kv = new KvBudget(this, options.clock(), meters, this::change);
        copies = new CopyBudget(this, options, loads.books(), meters, this::change);
        execution =
                new PlanExecution(
                        this, state, kv, copies, loads, meters, options.clock(), this::change);
        planner = new ResidencyPlanner(this, options, state, kv, copies, loads, meters, execution);
        admission = new RequestAdmission(this, options, state, meters, this::change);
        meters.watch(this);
    }

    /**
     * Begins to serve.
     *
     * @param sharing started replicas that share the memory; closed after {@link #stop}
     */
    public synchronized void start(List<? extends ReplicaRef> sharing) {
        admission.start(List.copyOf(sharing));
        state.start(id -> sharing.stream().anyMatch(replica -> replica.isReadByFailed(id)));
        copies.start(sharing);
        loads.tell(admission.replicas());
        planner.start();
    }

    /**
     * Lets the KV cache of a replica share the memory, as far as its device can.
     *
     * @param reserved bytes of all its blocks
     * @param least blocks that it keeps
     */
    public synchronized void share(ReplicaRef replica, MemoryReservation reserved, int least) {
        kv.add(replica, reserved, least);
    }

    /**
     * Returns the memory for the copies of merged weights of a replica that starts. It shares the
     * memory with adapters.
     *
     * @param limit bytes that its copies never exceed
     */
    public synchronized CopyMemory copies(String replica, long limit) {
        return copies.open(replica, limit, planner::snapshot);
    }

    /** Books the KV cache of a replica that has begun anew. */
    public synchronized void restarted(ReplicaRef replica) {
        kv.restarted(replica);
        change();
    }

    /** Returns the bytes that are free, or that KV caches and merged weights can give up. */
    public synchronized long available() {
        return loads.available() + kv.sparable() + copies.sparable();
    }

    /** Tells of loads and evictions from now on. */
    public synchronized void tell(ClusterEvents events) {
        execution.tell(new ResidencyEvents(name(), events));
    }

    /** Returns the bytes that are booked for a use. */
    public long taken(MemoryUse use) {
        return loads.books().taken(use);
    }

    /** Returns the bytes that KV caches can give up to adapters. */
    public synchronized long sparable() {
        return kv.sparable();
    }

    /** Returns the name of the memory in metrics and answers. */
    public String name() {
        return options.name();
    }

    /** Returns the replicas that share the memory; none before the start. */
    public synchronized List<ReplicaRef> replicas() {
        return admission.replicas();
    }

    /** Returns the ids of the replicas that share the memory. */
    public synchronized List<String> replicaIds() {
        return admission.replicas().stream().map(ReplicaRef::id).toList();
    }

    /** Registers an adapter, which is not loaded yet. */
    public synchronized void register(String id, RegisteredAdapter source) {
        state.add(new HeldAdapter(id, source, now()));
    }

    /** Has an adapter loaded from other files from now on. Their content is the same. */
    public synchronized void replace(String id, RegisteredAdapter source) {
        state.open(id).source = source;
    }

    /**
     * Takes no new requests for an adapter. Those that came before are served.
     *
     * @return completes, never exceptionally, once the adapter is forgotten and takes no memory
     *     here; a request that moves here later may load it again
     */
    public synchronized CompletableFuture<Void> retire(String id) {
        var held = state.find(id);
        if (held == null) {
            return CompletableFuture.completedFuture(null);
        }
        held.retired = true;
        held.pinned = false;
        state.touch(held);
        change();
        return held.forgotten;
    }

    /**
     * Grants a request the use of its adapter, now or once it is resident.
     *
     * @throws IllegalArgumentException if the adapter takes no requests
     * @throws NoReplicaException if none of the replicas serves
     * @throws IllegalStateException if the memory serves no more
     */
    public synchronized void admit(AdapterClient client) {
        admission.admit(client);
    }

    /**
     * Fails the requests that wait here, unless one of the replicas serves. They would wait for a
     * load that may never come, because a replica that hangs gives no memory back.
     *
     * @param reason a sentence without a full stop
     */
    public void lost(String reason) {
        var tell = new ArrayList<Runnable>();
        synchronized (this) {
            if (!admission.isServing()) {
                execution.failRequests(new LoadFailure(FailureCode.REPLICA_FAULT, reason), tell);
                change();
            }
        }
        PlanExecution.tell(tell);
    }

    /**
     * Grants a request that has run elsewhere the use of its adapter, now or once it is resident.
     * The adapter may be retired or about to leave: it is known here until the request has ended.
     *
     * @param source of the adapter, for a memory that has forgotten it
     * @throws IllegalStateException if the memory serves no more
     */
    public synchronized void readmit(AdapterClient client, RegisteredAdapter source) {
        admission.readmit(client, source);
    }

    /** Returns the source of adapter {@code id}, retired or not; empty if it is not known. */
    public synchronized Optional<RegisteredAdapter> source(String id) {
        return Optional.ofNullable(state.find(id)).map(held -> held.source);
    }

    /** Ends a request that waits; returns whether it did. */
    public boolean cancel(String request) {
        return admission.cancel(request);
    }

    /** Returns whether request {@code request} waits here. */
    public synchronized boolean has(String request) {
        return state.waits(request);
    }

    /** Returns the number of requests that wait here. */
    public synchronized int waiting() {
        return state.waiting();
    }

    /** Returns the names of the adapters that requests wait for. */
    public synchronized List<String> waitingAdapters() {
        return admission.waitingAdapters();
    }

    /** Returns whether requests of adapter {@code id} need not wait for it. */
    public synchronized boolean isResident(String id) {
        var held = state.find(id);
        return held != null && held.state == State.RESIDENT;
    }

    /**
     * Returns the weights of adapter {@code id}, which may be freed later; empty if there are none.
     */
    public synchronized Optional<AdapterWeights> weights(String id) {
        return Optional.ofNullable(state.find(id))
                .filter(HeldAdapter::isLoaded)
                .map(held -> held.weights);
    }

    /** Returns whether one of the replicas takes requests. */
    public synchronized boolean isServing() {
        return admission.isServing();
    }

    /** Returns the standing of adapter {@code id} for a new request. */
    public synchronized AdapterPresence presence(String id) {
        return admission.presence(state.find(id), available());
    }

    /**
     * Loads an adapter that nobody asks for.
     *
     * @return completes once it is resident, exceptionally if it cannot be loaded
     */
    public synchronized CompletableFuture<Void> makeResident(String id) {
        admission.requireServing();
        var held = state.open(id);
        var done = new CompletableFuture<Void>();
        if (held.state == State.RESIDENT) {
            done.complete(null);
        } else {
            state.add(held, Waiter.ofOperator(now(), done));
            change();
        }
        return done;
    }

    /**
     * Loads an adapter as {@link #makeResident} does, at an administrator's order, which ends the
     * rest after an eviction by hand.
     *
     * @return completes once it is resident, exceptionally if it cannot be loaded
     * @throws IllegalStateException if it does not fit beside the pinned ones
     */
    public synchronized CompletableFuture<Void> loadByHand(String id) {
        admission.requireServing();
        requireRoom(state.open(id));
        state.open(id).endRest();
        return makeResident(id);
    }

    private void requireRoom(HeldAdapter held) {
        if (held.weights == null) {
            state.requireRoom(
                    held.source.name(), held.bytes(), available(), loads.books().bound(), held);
        }
    }

    /**
     * Loads adapters for requests to come, in memory that nobody waits for, and no more those of
     * the call before.
     */
    public synchronized void prefetch(Collection<String> ids) {
        state.prefetch(ids, now());
        change();
    }

    /**
     * Has KV caches give up what {@code bytes} need beyond the free ones, before requests come.
     *
     * @return completes once these bytes have come back
     */
    public synchronized CompletableFuture<Void> makeRoom(long bytes) {
        return kv.giveUp(bytes - loads.available());
    }

    /**
     * Evicts an adapter once the requests that run with it have ended. Later requests load it
     * again.
     *
     * @return completes once its memory is free
     * @throws IllegalStateException if it is pinned, or being loaded
     */
    public synchronized CompletableFuture<Void> evict(String id) {
        return evict(id, "is evicted, as it is not wanted in this memory any more");
    }

    private CompletableFuture<Void> evict(String id, String why) {
        var held = state.open(id);
        held.requireEvictable();
        if (held.state == State.RESIDENT) {
            execution.leave(held, why);
        }
        return held.whenAbsent();
    }

    /**
     * Evicts an adapter as {@link #evict} does, at an administrator's order. For the {@code rest}
     * of the {@link ResidencyOptions} it is loaded for requests that wait, not for those to come.
     *
     * @return completes once its memory is free
     * @throws IllegalStateException if it is pinned, or being loaded
     */
    public synchronized CompletableFuture<Void> evictByHand(String id) {
        var absent = evict(id, "is evicted by hand");
        state.open(id).rest(now() + options.rest());
        return absent;
    }

    /**
     * Sets whether an adapter is loaded and never evicted.
     *
     * @throws IllegalStateException if it does not fit beside the other pinned ones
     */
    public synchronized void pin(String id, boolean pinned) {
        var held = state.open(id);
        if (pinned && !held.pinned) {
            requireRoom(held);
        }
        held.pinned = pinned;
        state.touch(held);
        change();
    }

    /**
     * Checks that an adapter can fit once others are evicted.
     *
     * @throws IllegalStateException if it never can, with the sizes
     */
    public synchronized void requireRoom(String adapter, long bytes) {
        state.requireRoom(adapter, bytes, available(), loads.books().bound(), null);
    }

    /** Returns the state of adapter {@code id}; empty if it is not known. */
    public synchronized Optional<AdapterStatus> status(String id) {
        return Optional.ofNullable(state.find(id)).map(held -> AdapterStatus.of(held, now()));
    }

    /** Returns the state of all adapters that it knows, retired ones among them. */
    public synchronized List<AdapterStatus> report() {
        double now = now();
        return state.all().stream().map(held -> AdapterStatus.of(held, now)).toList();
    }

    /**
     * Returns the states of an adapter's weights: of the registrations {@code ids} in their order,
     * and of earlier ones of that name that requests still run with.
     */
    public synchronized List<AdapterStatus> report(String name, Collection<String> ids) {
        double now = now();
        return Stream.concat(
                        ids.stream().flatMap(id -> Stream.ofNullable(state.find(id))),
                        state.active()
                                .filter(held -> held.source.name().equals(name))
                                .filter(held -> !ids.contains(held.id)))
                .map(held -> AdapterStatus.of(held, now))
                .toList();
    }

    /**
     * Returns the states of the weights that take memory, are waited for or pinned, or are retired
     * and not forgotten yet. Costs nothing for all others.
     */
    public synchronized List<AdapterStatus> held() {
        double now = now();
        return state.active().map(held -> AdapterStatus.of(held, now)).toList();
    }

    /**
     * Returns the states of the {@link #held} weights, and of the adapters {@code others} that the
     * memory knows. Costs nothing for all others.
     */
    public synchronized List<AdapterStatus> held(Collection<String> others) {
        double now = now();
        return Stream.concat(
                        state.active(),
                        others.stream().flatMap(id -> Stream.ofNullable(state.find(id))))
                .distinct()
                .map(held -> AdapterStatus.of(held, now))
                .toList();
    }

    /** Returns the sizes of the weights that take new requests. */
    public RegisteredSizes sizes() {
        long[] sizes;
        synchronized (this) {
            sizes =
                    state.all().stream()
                            .filter(held -> !held.retired)
                            .mapToLong(HeldAdapter::bytes)
                            .toArray();
        }
        return RegisteredSizes.of(sizes);
    }

    /** Returns the last plan that changed something or gave reasons. */
    public synchronized ResidencyPlan lastPlan() {
        return planner.lastPlan();
    }

    /** Returns the parts of the memory, and its last plan. */
    public synchronized MemoryReport memoryReport() {
        return MemoryReport.of(
                name(),
                replicaIds(),
                loads.books(),
                kv.sparable() + copies.sparable(),
                planner.report(),
                kv.report(),
                copies.report());
    }

    /** Returns the memory's service to requests, and its next evictions. */
    public synchronized MemoryOutlook outlook() {
        return new MemoryOutlook(
                name(),
                meters.hits(),
                meters.misses(),
                meters.evictions(),
                EvictionForecast.of(planner.snapshot()));
    }

    /** Returns the bytes of adapters that are resident or on their way out. */
    public synchronized long bytes() {
        return state.active()
                .mapToLong(held -> held.weights == null ? 0 : held.weights.bytes())
                .sum();
    }

    private double now() {
        return options.clock().getAsDouble();
    }

    private void change() {
        planner.change();
    }

    /** Takes no more requests, and fails those that wait; ends the running load. */
    public void stop() {
        var tell = new ArrayList<Runnable>();
        synchronized (this) {
            admission.stop();
            planner.stop();
            state.all().forEach(held -> execution.fail(held, LoadFailure.SHUTTING_DOWN, tell));
        }
        PlanExecution.tell(tell);
        loads.close();
    }

    /** Stops, and frees all weights. The replicas and the watches must have ended. */
    @Override
    public void close() {
        stop();
        execution.awaitReleases();
        synchronized (this) {
            state.all().forEach(held -> held.free(now()));
        }
    }
}
