package org.dlora.cluster;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.UnaryOperator;
import org.dlora.cluster.facts.RequestObserver;
import org.dlora.cluster.facts.RequestObservers;
import org.dlora.engine.ReplicaRef;
import org.dlora.engine.SchedulingReport;
import org.dlora.replica.GenerationRequest;
import org.dlora.replica.SchedulingSettings;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.Dispatch;
import org.dlora.scheduling.ReplicaLoad;

/**
 * All replicas of the server as one service. {@link Dispatch} chooses the replica of each request.
 */
public final class Cluster implements GenerationService, AutoCloseable {
    private final List<ReplicaRef> replicas;
    private final int maxQueue;
    private final Catalogue catalogue;
    private final RequestObserver observer;
    private SchedulingSettings scheduling;

    /**
     * An adapter that takes no new requests.
     *
     * @param done completes when no replica reads its weights any more
     */
    record Leaving(ServedAdapter adapter, CompletableFuture<Void> done) {}

    /** A cluster that nobody observes. */
    public Cluster(
            List<? extends ReplicaRef> replicas,
            int maxQueue,
            Catalogue catalogue,
            SchedulingSettings scheduling) {
        this(replicas, maxQueue, catalogue, scheduling, List.of());
    }

    /**
     * @param replicas started; closed with the cluster
     * @param maxQueue waiting requests at most, over all replicas
     * @param catalogue whose adapters the replicas have loaded
     * @param scheduling the settings of the replicas
     * @param observers are told of each request's end
     */
    public Cluster(
            List<? extends ReplicaRef> replicas,
            int maxQueue,
            Catalogue catalogue,
            SchedulingSettings scheduling,
            List<? extends RequestObserver> observers) {
        if (replicas.isEmpty() || maxQueue < 1) {
            throw new IllegalArgumentException(
                    "A cluster needs at least 1 replica and a queue of 1, given were "
                            + replicas.size()
                            + " and "
                            + maxQueue);
        }
        this.replicas = List.copyOf(replicas);
        this.maxQueue = maxQueue;
        this.catalogue = catalogue;
        this.scheduling = scheduling;
        observer = new RequestObservers(observers);
    }

    Catalogue catalogue() {
        return catalogue;
    }

    /** Load of each replica, in configured order. */
    public List<ReplicaLoad> loads() {
        return replicas.stream().map(ReplicaRef::load).toList();
    }

    @Override
    public ClusterLoad load() {
        return ClusterLoad.of(loads(), replicas.stream().map(ReplicaRef::activeAdapters).toList());
    }

    @Override
    public boolean isServing() {
        return replicas.stream().allMatch(ReplicaRef::isServing);
    }

    /** Returns the settings and the last steps of each replica, in configured order. */
    List<SchedulingReport> scheduling(int lastSteps) {
        return replicas.stream().map(replica -> replica.scheduling(lastSteps)).toList();
    }

    /**
     * Returns the settings of the replicas, which they use after their present step at the latest.
     */
    synchronized SchedulingSettings settings() {
        return scheduling;
    }

    /** See {@link SchedulingService#schedule}. */
    synchronized CompletableFuture<Void> schedule(UnaryOperator<SchedulingSettings> change) {
        scheduling = change.apply(scheduling);
        return all(replicas.stream().map(replica -> replica.schedule(scheduling)).toList());
    }

    /**
     * Makes {@code next} known to every replica, or to none.
     *
     * @throws IllegalStateException if one cannot take it; none reads its weights then
     */
    void load(LoadedAdapter next) {
        var id = next.adapter().id();
        try {
            all(replicas.stream().map(replica -> replica.load(id, next.weights())).toList()).join();
        } catch (RuntimeException e) {
            unloadEverywhere(id).join();
            var cause = e instanceof CompletionException wrapped ? wrapped.getCause() : e;
            throw new IllegalStateException(
                    "Adapter '%s' cannot be loaded on every replica: %s"
                            .formatted(next.adapter().name(), cause),
                    e);
        }
    }

    /**
     * Directs requests for its name to {@code next}, which is loaded. Returns the version that had
     * the name before.
     */
    synchronized Optional<Leaving> publish(ServedAdapter next) {
        return catalogue.put(next).map(this::leave);
    }

    /** Takes {@code name} away. Returns the adapter that had it. */
    synchronized Optional<Leaving> withdraw(String name) {
        return catalogue.remove(name).map(this::leave);
    }

    // Under the same lock as submit: so every request that found the name is in a mailbox before
    // the message that unloads it.
    private Leaving leave(ServedAdapter adapter) {
        return new Leaving(adapter, unloadEverywhere(adapter.id()));
    }

    private CompletableFuture<Void> unloadEverywhere(String id) {
        return all(replicas.stream().map(replica -> replica.unload(id)).toList());
    }

    private static CompletableFuture<Void> all(List<CompletableFuture<Void>> each) {
        return CompletableFuture.allOf(each.toArray(CompletableFuture[]::new));
    }

    @Override
    public void submit(List<Submission> call) {
        var requests = call.stream().map(this::track).toList();
        try {
            submitAll(requests);
        } catch (RuntimeException e) {
            requests.forEach(request -> request.refuse(e));
            throw e;
        }
    }

    private TrackedRequest track(Submission submission) {
        var model =
                submission.request().adapter() instanceof AdapterRef.Adapter(var name)
                        ? name
                        : catalogue.baseName();
        return new TrackedRequest(submission, model, observer);
    }

    private synchronized void submitAll(List<TrackedRequest> call) {
        for (int i = 0; i < call.size(); i++) {
            try {
                submitOne(call.get(i));
            } catch (RuntimeException e) {
                call.subList(0, i).forEach(earlier -> cancel(earlier.request().id()));
                throw e;
            }
        }
    }

    private GenerationRequest resolve(TrackedRequest tracked) {
        var request = tracked.request();
        if (!(request.adapter() instanceof AdapterRef.Adapter(var name))) {
            return request;
        }
        var served = catalogue.find(name).orElseThrow(() -> new NoSuchAdapterException(name));
        tracked.resolved(served.version());
        return request.withAdapter(AdapterRef.of(served.id()));
    }

    private void submitOne(TrackedRequest tracked) {
        var request = resolve(tracked);
        int waiting = loads().stream().mapToInt(ReplicaLoad::waiting).sum();
        if (waiting >= maxQueue) {
            throw new QueueFullException(waiting, maxQueue);
        }
        if (replicas.stream().anyMatch(replica -> replica.has(request.id()))) {
            throw new IllegalArgumentException(
                    "A request with id " + request.id() + " is unfinished");
        }
        var replica = leastLoaded();
        tracked.queued(replica.id());
        replica.submit(request, tracked);
        tracked.taken();
    }

    @Override
    public void cancel(String requestId) {
        replicas.forEach(replica -> replica.cancel(requestId));
    }

    /** Closes the replicas. Unfinished requests fail. */
    @Override
    public void close() {
        replicas.forEach(ReplicaRef::close);
    }

    private ReplicaRef leastLoaded() {
        var serving = new LinkedHashMap<ReplicaLoad, ReplicaRef>();
        replicas.stream()
                .filter(ReplicaRef::isServing)
                .forEach(replica -> serving.put(replica.load(), replica));
        return Dispatch.leastLoaded(serving.keySet())
                .map(serving::get)
                .orElseThrow(() ->
                        new IllegalStateException(
                                "No replica is serving: the server is shutting down, or its log says why they ended"));
    }
}
