package org.dlora.api.openai;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;
import org.dlora.cluster.ClusterLoad;
import org.dlora.cluster.GenerationService;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.facts.Arrival;
import org.dlora.cluster.facts.CallPart;
import org.dlora.cluster.replicas.ReplicaCondition;
import org.dlora.cluster.requests.QueueFullException;
import org.dlora.cluster.requests.ShadowRequest;
import org.dlora.cluster.requests.Submission;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationRequest;

/**
 * Plays a script for each request, on a thread of its own as a replica would; a test may also speak
 * for it event by event.
 */
final class FakeGenerationService implements GenerationService {
    static final Function<GenerationRequest, List<GenerationEvent>> SILENT = _ -> List.of();

    final List<GenerationRequest> submitted = new CopyOnWriteArrayList<>();
    final List<Arrival> arrivals = new CopyOnWriteArrayList<>();
    final List<ShadowRequest> shadows = new CopyOnWriteArrayList<>();
    final List<CallPart> parts = new CopyOnWriteArrayList<>();
    final BlockingQueue<String> cancelled = new LinkedBlockingQueue<>();
    final BlockingQueue<String> started = new LinkedBlockingQueue<>();
    private final Map<String, GenerationListener> listeners = new ConcurrentHashMap<>();
    private volatile Function<GenerationRequest, List<GenerationEvent>> script = SILENT;
    private volatile int capacity = Integer.MAX_VALUE;
    volatile boolean serving = true;
    volatile List<ReplicaCondition> conditions = List.of();
    private volatile String unloaded = "";

    void reset() {
        submitted.clear();
        arrivals.clear();
        shadows.clear();
        parts.clear();
        cancelled.clear();
        started.clear();
        script = SILENT;
        capacity = Integer.MAX_VALUE;
        serving = true;
        conditions = List.of();
        unloaded = "";
    }

    /** From now on nothing is loaded under {@code adapter}. */
    void unload(String adapter) {
        unloaded = adapter;
    }

    void answer(Function<GenerationRequest, List<GenerationEvent>> script) {
        this.script = script;
    }

    void answer(GenerationEvent... events) {
        answer(_ -> List.of(events));
    }

    /** Takes so many requests, then says that the queue is full. */
    void capacity(int requests) {
        capacity = requests;
    }

    /** Says that the first rows of a request are about to be computed. */
    void begin(String requestId) {
        requireNonNull(listeners.get(requestId)).began(0);
    }

    void say(String requestId, GenerationEvent event) {
        requireNonNull(listeners.get(requestId)).on(event);
    }

    @Override
    public void submit(List<Submission> call) {
        for (var one : call) {
            parts.add(one.part());
            start(one.request(), one.listener());
            arrivals.add(one.arrival());
            if (one.shadow() != null) {
                shadows.add(one.shadow());
            }
        }
    }

    private void start(GenerationRequest request, GenerationListener listener) {
        if (submitted.size() >= capacity) {
            throw new QueueFullException(submitted.size(), capacity);
        }
        if (request.adapter().is(unloaded)) {
            throw new NoSuchAdapterException(unloaded);
        }
        submitted.add(request);
        listeners.put(request.id(), listener);
        started.add(request.id());
        var events = script.apply(request);
        Thread.ofVirtual()
                .start(() -> {
                    if (!events.isEmpty()) {
                        listener.began(System.nanoTime());
                    }
                    events.forEach(listener::on);
                });
    }

    @Override
    public void cancel(String requestId) {
        cancelled.add(requestId);
    }

    @Override
    public ClusterLoad load() {
        return new ClusterLoad(0, 0, 1, 1, List.of(), List.of());
    }

    @Override
    public boolean isServing() {
        return serving;
    }

    @Override
    public List<ReplicaCondition> conditions() {
        return conditions;
    }
}
