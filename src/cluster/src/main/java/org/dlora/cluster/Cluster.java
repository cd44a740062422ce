package org.dlora.cluster;

import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.dlora.cluster.adapters.AdapterPlacer;
import org.dlora.cluster.adapters.ModelNames;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.dispatch.DispatchRecord;
import org.dlora.cluster.dispatch.MoveTargets;
import org.dlora.cluster.dispatch.ReplicaOutlooks;
import org.dlora.cluster.dispatch.RequestDispatch;
import org.dlora.cluster.facts.RequestObserver;
import org.dlora.cluster.facts.RequestObservers;
import org.dlora.cluster.migration.ClusterBalance;
import org.dlora.cluster.migration.Migrations;
import org.dlora.cluster.rebalance.RebalancedCluster;
import org.dlora.cluster.replicas.ReplicaCondition;
import org.dlora.cluster.replicas.ReplicaCondition.State;
import org.dlora.cluster.replicas.ReplicaFailures;
import org.dlora.cluster.replicas.ReplicaPool;
import org.dlora.cluster.replicas.ReplicaRestarts;
import org.dlora.cluster.replicas.RestartableReplica;
import org.dlora.cluster.requests.AnswerLengths;
import org.dlora.cluster.requests.LiveRequest;
import org.dlora.cluster.requests.LiveRequests;
import org.dlora.cluster.requests.QueueLimits;
import org.dlora.cluster.requests.RequestQueue;
import org.dlora.cluster.requests.RequestShadows;
import org.dlora.cluster.requests.RequestShadows.Shadow;
import org.dlora.cluster.requests.Submission;
import org.dlora.cluster.requests.TrackedRequest;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.constraint.ConstraintDefinition;
import org.dlora.constraint.ConstraintUse;
import org.dlora.engine.ReplicaRef;
import org.dlora.engine.SchedulingReport;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.HeldBytes;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.scheduling.dispatch.DispatchPolicy;
import org.dlora.scheduling.dispatch.DispatchRule;
import org.dlora.scheduling.residency.Residence;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replicas of the server as one service. {@link RequestDispatch} chooses the replica of a
 * request, {@link Migrations} move requests between replicas.
 */
public final class Cluster
        implements GenerationService, ReplicaRestarts, ReplicaFailures, AutoCloseable {
    /**
     * Seeds that are drawn: whole numbers that JSON keeps in every client (RFC 8259, section 6).
     */
    private static final long SEEDS = 1L << 53;

    private static final Logger log = LoggerFactory.getLogger(Cluster.class);

    private final List<ReplicaRef> replicas;
    private final List<AdapterMemory> memories;
    private final ReplicaPool pool;
    private final LiveRequests requests = new LiveRequests();
    private final ReplicaOutlooks outlooks;
    private final RequestDispatch dispatch;
    private final MoveTargets targets;
    private final Migrations migrations;
    private final AdapterPlacer placer;
    private final AnswerLengths lengths = new AnswerLengths();
    private final RequestQueue queue;
    private final ModelNames names;
    private final RequestObserver observer;
    private final SharedScheduling scheduling;
    private volatile RequestShadows shadows = RequestShadows.NONE;
    private volatile Function<ConstraintDefinition, ConstraintUse> constraints =
            _ -> ConstraintUse.NONE;

    /** A cluster that nobody observes, with the default dispatch. */
    public Cluster(
            List<? extends ReplicaRef> replicas,
            List<AdapterMemory> memories,
            int maxQueue,
            ModelNames names,
            SchedulingSettings scheduling) {
        this(
                replicas,
                memories,
                maxQueue,
                names,
                scheduling,
                DispatchPolicy.PREDICTED_FINISH.rule(),
                List.of());
    }

    /** A cluster whose waiting requests may hold an eighth of the heap. */
    public Cluster(
            List<? extends ReplicaRef> replicas,
            List<AdapterMemory> memories,
            int maxQueue,
            ModelNames names,
            SchedulingSettings scheduling,
            DispatchRule rule,
            List<? extends RequestObserver> observers) {
        this(replicas, memories, QueueLimits.of(maxQueue), names, scheduling, rule, observers);
    }

    /**
     * @param replicas started; closed with the cluster
     * @param memories of the replicas' adapters, started; stopped with the cluster
     * @param waiting bounds of the requests that wait, over all replicas
     * @param names of the adapters that the memories have registered
     * @param scheduling the settings of the replicas
     * @param rule chooses the replicas of requests
     * @param observers are told of each request's end
     */
    public Cluster(
            List<? extends ReplicaRef> replicas,
            List<AdapterMemory> memories,
            QueueLimits waiting,
            ModelNames names,
            SchedulingSettings scheduling,
            DispatchRule rule,
            List<? extends RequestObserver> observers) {
        if (replicas.isEmpty() || memories.isEmpty()) {
            throw new IllegalArgumentException(
                    "A cluster needs at least 1 replica and its memory, given were %d and %d"
                            .formatted(replicas.size(), memories.size()));
        }
        this.replicas = List.copyOf(replicas);
        this.memories = List.copyOf(memories);
        queue = new RequestQueue(waiting, requests);
        this.names = names;
        this.scheduling = new SharedScheduling(this.replicas, requests, scheduling);
        observer = new RequestObservers(observers);
        pool = new ReplicaPool(replicas, memories);
        outlooks = new ReplicaOutlooks(pool, requests, lengths, rule);
        dispatch = new RequestDispatch(pool, outlooks, replica -> shadows.arrived(replica));
        targets = new MoveTargets(pool, outlooks);
        placer = new AdapterPlacer(pool);
        migrations = new Migrations(pool, requests, Cluster::seconds);
    }

    /** Returns the last decisions on the replicas of requests, at most 256, the newest first. */
    public List<DispatchRecord> decisions(int last) {
        return dispatch.decisions().last(last);
    }

    /** Returns the placer of adapters, which is closed with the cluster. */
    public AdapterPlacer placer() {
        return placer;
    }

    /** Returns the cluster as a rebalancer sees it. */
    public RebalancedCluster balance() {
        return new ClusterBalance(pool, requests, lengths, migrations);
    }

    /** Returns the moves of requests between the replicas. */
    public Migrations migrations() {
        return migrations;
    }

    /** Returns the observer of ended requests. */
    public RequestObserver observer() {
        return observer;
    }

    /** Runs the shadows of requests by {@code runner} from now on. */
    public void shadowBy(RequestShadows runner) {
        shadows = runner;
    }

    ModelNames names() {
        return names;
    }

    /** Returns the replicas and their memories. */
    public ReplicaPool pool() {
        return pool;
    }

    /** Returns the requests that have not ended. */
    public LiveRequests requests() {
        return requests;
    }

    MoveTargets targets() {
        return targets;
    }

    /** Returns the number of requests that have not ended. */
    public int unfinished() {
        return requests.size();
    }

    /** Load of each replica, in configured order. */
    public List<ReplicaLoad> loads() {
        return replicas.stream().map(ReplicaRef::load).toList();
    }

    @Override
    public ClusterLoad load() {
        var active = replicas.stream().map(ReplicaRef::activeAdapters).toList();
        return ClusterLoad.of(loads(), active)
                .withWaiting(
                        memories.stream().mapToInt(AdapterMemory::waiting).sum(),
                        memories.stream()
                                .flatMap(memory -> memory.waitingAdapters().stream())
                                .toList());
    }

    @Override
    public List<ResidentAdapter> residentAdapters() {
        var resident = new HashSet<String>();
        var pinned = new TreeMap<String, Boolean>();
        memories.stream()
                .flatMap(memory -> memory.held().stream())
                .filter(weights -> names.isServed(weights.name(), weights.id()))
                .forEach(weights -> {
                    pinned.merge(weights.name(), weights.pinned(), Boolean::logicalOr);
                    if (weights.residence() == Residence.RESIDENT) {
                        resident.add(weights.name());
                    }
                });
        pinned.keySet().retainAll(resident);
        return pinned.entrySet().stream()
                .map(entry -> new ResidentAdapter(entry.getKey(), entry.getValue()))
                .toList();
    }

    @Override
    public boolean isServing() {
        return replicas.stream().anyMatch(ReplicaRef::isServing);
    }

    /** Returns whether a replica takes requests. */
    public boolean accepts(ReplicaRef replica) {
        return pool.accepts(replica);
    }

    @Override
    public List<ReplicaCondition> conditions() {
        return replicas.stream().map(Cluster::condition).toList();
    }

    private static ReplicaCondition condition(ReplicaRef replica) {
        if (replica instanceof RestartableReplica known) {
            return known.condition();
        }
        return replica.isServing()
                ? new ReplicaCondition(replica.id(), State.SERVING, "", Instant.EPOCH)
                : new ReplicaCondition(replica.id(), State.CLOSED, "it has ended", Instant.EPOCH);
    }

    @Override
    public CompletableFuture<Void> restart(String replica) {
        if (pool.find(replica) instanceof RestartableReplica known) {
            return known.restart();
        }
        throw new IllegalStateException("Replica %s cannot begin anew".formatted(replica));
    }

    @Override
    public void lost(ReplicaRef replica, String reason) {
        var failed = new Failed(FailureCode.REPLICA_FAULT, reason);
        for (var request : requests.all()) {
            try {
                request.lost(replica, failed);
            } catch (RuntimeException | Error e) {
                log.error("Request {} of {} could not be continued", request.id(), replica.id(), e);
            }
        }
        shadows.lost(replica);
        pool.memory(replica).lost(reason);
    }

    @Override
    public void restarted(ReplicaRef replica) {
        outlooks.forget(replica);
        pool.memory(replica).restarted(replica);
    }

    /** Returns the settings and the last steps of each replica, in configured order. */
    public List<SchedulingReport> scheduling(int lastSteps) {
        return replicas.stream().map(replica -> replica.scheduling(lastSteps)).toList();
    }

    /** Returns the settings and the last steps of one replica; empty if none has that id. */
    public Optional<SchedulingReport> scheduling(String replica, int lastSteps) {
        return replicas.stream()
                .filter(one -> one.id().equals(replica))
                .findFirst()
                .map(one -> one.scheduling(lastSteps));
    }

    /**
     * Has the constraints of unfinished requests kept compiled.
     *
     * @param use compiles a constraint and keeps it; refuses one for which there is no memory
     */
    public void keepConstraintsBy(Function<ConstraintDefinition, ConstraintUse> use) {
        constraints = use;
    }

    /**
     * Returns the settings of the replicas, which they use after their present step at the latest.
     */
    public synchronized SchedulingSettings settings() {
        return scheduling.settings();
    }

    /**
     * Changes the settings of all replicas. The shares of teams stay: {@link #shareBy} gives them.
     *
     * @return completes when all replicas use them, exceptionally if a replica has ended
     */
    public synchronized CompletableFuture<Void> schedule(UnaryOperator<SchedulingSettings> change) {
        return scheduling.change(change);
    }

    /** Has the shares of teams asked from {@code source}, at once and at each request of theirs. */
    public synchronized void shareBy(TeamShareSource source) {
        scheduling.shareBy(source);
    }

    /** Asks for the shares of all teams with requests anew, as they may have changed. */
    public synchronized void followShares() {
        scheduling.followShares();
    }

    /**
     * Runs a change of registrations, and of the names that they serve. No request finds its
     * adapter meanwhile, so that every request that found a name came before the change.
     */
    public synchronized <T> T change(Supplier<T> change) {
        return change.get();
    }

    /** Makes a registration known to all memories. */
    public synchronized void register(ServedAdapter adapter) {
        memories.forEach(memory -> memory.register(adapter.id(), adapter.source()));
    }

    /** Gives a registration other files of the same content. */
    public synchronized void replace(ServedAdapter adapter) {
        memories.forEach(memory -> memory.replace(adapter.id(), adapter.source()));
    }

    /**
     * Takes a registration away. Requests that have it are served.
     *
     * @return completes once the registration takes no memory where it was; a request that moves
     *     may have taken it to another memory
     */
    public synchronized CompletableFuture<Void> retire(String registration) {
        return CompletableFuture.allOf(
                memories.stream()
                        .map(memory -> memory.retire(registration))
                        .toArray(CompletableFuture[]::new));
    }

    @Override
    public void submit(List<Submission> call) {
        var beside = new LinkedHashMap<TrackedRequest, Shadow>();
        var tracked = call.stream().map(one -> track(one, beside)).toList();
        try {
            tracked.forEach(this::keepConstraint); // Without the lock, as it may be compiled.
            submitAll(tracked);
        } catch (RuntimeException e) {
            tracked.forEach(request -> request.refuse(e));
            throw e;
        }
        beside.forEach((client, shadow) -> {
            var request = client.request();
            var owner = requests.find(request.id()).map(LiveRequest::owner).orElse(null);
            shadow.begin(request, owner);
        });
    }

    /** Returns a request, whose shadow, if it has one, goes to {@code beside} and listens to it. */
    private TrackedRequest track(Submission submission, Map<TrackedRequest, Shadow> beside) {
        var wanted = submission.shadow();
        if (wanted == null) {
            return track(submission);
        }
        var shadow = shadows.prepare(submission.request().id(), wanted);
        var tracked = track(submission.heardBy(shadow.after(submission.listener())));
        beside.put(tracked, shadow);
        return tracked;
    }

    private TrackedRequest track(Submission submission) {
        var model =
                submission.request().adapter() instanceof AdapterRef.Adapter(var name)
                        ? name
                        : names.baseName();
        return new TrackedRequest(
                submission,
                model,
                submission.request().background() ? RequestObserver.NONE : observer);
    }

    private void keepConstraint(TrackedRequest tracked) {
        var constraint = tracked.request().constraint();
        if (constraint != null) {
            tracked.keep(constraints.apply(constraint));
        }
    }

    private synchronized void submitAll(List<TrackedRequest> call) {
        var accepted = call.stream().map(this::accept).toList();
        long bytes = HeldBytes.of(accepted);
        requireRoom(accepted, bytes);
        call.forEach(request -> request.holds(bytes / call.size()));
        for (int i = 0; i < call.size(); i++) {
            try {
                placer.arrived(accepted.get(i).adapter());
                start(call.get(i), accepted.get(i));
            } catch (RuntimeException e) {
                call.subList(0, i).forEach(earlier -> cancel(earlier.request().id()));
                throw e;
            }
        }
    }

    /** Returns a request with the id of its adapter, its team and its seed. */
    private GenerationRequest accept(TrackedRequest tracked) {
        var request =
                resolve(tracked)
                        .withTeam(tracked.team())
                        .withSeed(ThreadLocalRandom.current().nextLong(SEEDS));
        tracked.accepted(request);
        return request;
    }

    /** Checks that the queue has room for the requests of a call, which are of one team. */
    private void requireRoom(List<GenerationRequest> call, long bytes) {
        if (call.isEmpty()) {
            return;
        }
        // Shadows take no room of the queue.
        int waiting = Math.max(0, load().waiting() - shadows.waiting());
        var first = call.getFirst();
        queue.requireBytes(first.team(), bytes);
        if (first.background()) {
            queue.requireRoom(call.size(), waiting);
        } else {
            scheduling.follow(first.team());
            queue.require(first.team(), call.size(), waiting, scheduling.settings().teams());
        }
    }

    private static double seconds() {
        return 1e-9 * System.nanoTime();
    }

    private GenerationRequest resolve(TrackedRequest tracked) {
        var request = tracked.request();
        if (!(request.adapter() instanceof AdapterRef.Adapter(var name))) {
            return request;
        }
        var choice = tracked.choice();
        var served =
                choice == null
                        ? names.find(name).orElseThrow(() -> new NoSuchAdapterException(name))
                        : choice.current();
        tracked.resolved(served);
        return request.withAdapter(AdapterRef.of(served.id()));
    }

    private void start(TrackedRequest tracked, GenerationRequest request) {
        var live = new LiveRequest(tracked, request, this::ended, dispatch, Cluster::seconds);
        requests.add(live);
        try {
            dispatch.dispatch(live);
        } catch (RuntimeException e) {
            requests.remove(live);
            throw e;
        }
        tracked.taken();
    }

    /**
     * Queues a request in the background.
     *
     * @param request names its adapter by the id of a registration
     */
    public synchronized void submitUnseen(GenerationRequest request, GenerationListener listener) {
        var model = request.adapter().toString();
        var tracked =
                new TrackedRequest(new Submission(request, listener), model, RequestObserver.NONE);
        start(tracked, request.withSeed(0));
    }

    private void ended(LiveRequest live, GenerationEvent last) {
        requests.remove(live);
        if (last instanceof Finished end
                && end.reason() != FinishReason.CANCELLED
                && !live.request().background()) {
            lengths.answered(live.request().adapter(), end.outputTokens());
        }
    }

    @Override
    public void cancel(String requestId) {
        requests.find(requestId).ifPresent(LiveRequest::cancel);
        memories.forEach(memory -> memory.cancel(requestId));
    }

    /** Ends all requests of some registrations. Their clients are told that the server did so. */
    public void cancelAll(Set<String> registrations) {
        requests.all().stream()
                .filter(request ->
                        request.request().adapter() instanceof AdapterRef.Adapter(var id)
                                && registrations.contains(id))
                .forEach(request -> cancel(request.id()));
    }

    /** Closes the replicas. Unfinished requests fail. */
    @Override
    public void close() {
        dispatch.stop();
        placer.close();
        migrations.close();
        memories.forEach(AdapterMemory::stop);
        replicas.forEach(ReplicaRef::close);
    }
}
