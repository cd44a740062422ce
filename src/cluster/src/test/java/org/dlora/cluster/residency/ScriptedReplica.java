package org.dlora.cluster.residency;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.engine.CopyStatus;
import org.dlora.engine.KvMemory;
import org.dlora.engine.ReplicaRef;
import org.dlora.engine.SchedulingReport;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.ActiveAdapters;
import org.dlora.replica.Ends;
import org.dlora.replica.ReplicaCommand;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.ReplicaLoad;

/**
 * A replica whose requests end when a test says so. An adapter that it is to evict goes once its
 * requests have ended, and once the test allows it.
 */
public final class ScriptedReplica implements ReplicaRef {
    private final String id;
    private final Map<String, GenerationListener> unfinished =
            Collections.synchronizedMap(new LinkedHashMap<>());
    private final Map<String, String> adapterOf = new ConcurrentHashMap<>();
    private final Map<String, CompletableFuture<Void>> evictions = new ConcurrentHashMap<>();
    private final Map<String, CompletableFuture<Void>> allowed = new ConcurrentHashMap<>();
    private final List<String> messages = Collections.synchronizedList(new ArrayList<>());
    private volatile CompletableFuture<Void> loads = CompletableFuture.completedFuture(null);
    private final Set<String> readByFailed = ConcurrentHashMap.newKeySet();
    private volatile boolean serving = true;
    private volatile boolean isLong;
    private volatile int freeBlocks;
    private volatile KvMemory kv = KvMemory.FIXED;
    private volatile CopyStatus copies = CopyStatus.NONE;

    /** Lets it be in a long step, so that cancelled requests do not end yet. */
    public void stepForLong() {
        isLong = true;
    }

    public ScriptedReplica(String id) {
        this.id = id;
    }

    /** Returns the messages about adapters, and the requests, in the order of arrival. */
    public List<String> messages() {
        return List.copyOf(messages);
    }

    /** Returns the unfinished requests, oldest first. */
    public List<String> unfinished() {
        return List.copyOf(unfinished.keySet());
    }

    /** Lets loads from now on end with {@code result}. */
    void loadsEndWith(CompletableFuture<Void> result) {
        loads = result;
    }

    /** Holds up the eviction of {@code adapter} until the result completes. */
    CompletableFuture<Void> holdUp(String adapter) {
        return allowed.computeIfAbsent(adapter, _ -> new CompletableFuture<>());
    }

    /** Makes a failed thread read the weights of {@code adapter} until {@link #threadEnds}. */
    void readByFailed(String adapter) {
        readByFailed.add(adapter);
    }

    void threadEnds() {
        readByFailed.clear();
    }

    @Override
    public boolean isReadByFailed(String adapter) {
        return readByFailed.contains(adapter);
    }

    void freeBlocks(int blocks) {
        freeBlocks = blocks;
    }

    /** Gives the replica a KV cache. */
    void kv(KvMemory memory) {
        kv = memory;
    }

    @Override
    public KvMemory kv() {
        return kv;
    }

    /** Sets the state of the copies of merged weights. */
    void copies(CopyStatus status) {
        copies = status;
    }

    @Override
    public CopyStatus copies() {
        return copies;
    }

    @Override
    public void releaseCopies(boolean all) {
        messages.add(all ? "release all" : "release kept");
    }

    /** Ends a request as if it was answered. */
    public void end(String request) {
        var listener = Objects.requireNonNull(unfinished.remove(request));
        listener.on(Ends.finished(FinishReason.STOP, "", null, 1, 0, 1));
        adapterOf.remove(request);
        evictions.keySet().forEach(this::settle);
    }

    private void settle(String adapter) {
        if (!adapterOf.containsValue(adapter)) {
            var gone = evictions.remove(adapter);
            if (gone != null) {
                gone.complete(null);
            }
        }
    }

    @Override
    public ActiveAdapters activeAdapters() {
        return ActiveAdapters.NONE;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public void submit(GenerationRequest request, GenerationListener listener) {
        if (!serving) {
            throw new IllegalStateException("closed");
        }
        messages.add(request.id());
        adapterOf.put(request.id(), request.adapter().toString());
        unfinished.put(request.id(), listener);
    }

    @Override
    public void take(ReplicaCommand.Import sequence, GenerationListener listener) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void takeBack(ReplicaCommand.Resume sequence, GenerationListener listener) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void write(ReplicaCommand.WriteKv copies, GenerationListener listener) {}

    /** Answers nothing, so a request that is to leave stays until it ends. */
    @Override
    public void tell(ReplicaCommand move) {}

    @Override
    public void check(GenerationRequest request) {
        if (request.prompt().length == 0) {
            throw new IllegalArgumentException("The prompt has no tokens");
        }
    }

    @Override
    public CompletableFuture<Void> load(String adapter, AdapterWeights weights) {
        messages.add("load " + adapter);
        return loads;
    }

    @Override
    public CompletableFuture<Void> evict(String adapter) {
        messages.add("evict " + adapter);
        var gone = evictions.computeIfAbsent(adapter, _ -> new CompletableFuture<>());
        settle(adapter);
        var leave = allowed.getOrDefault(adapter, CompletableFuture.completedFuture(null));
        return gone.thenCombine(leave, (_, _) -> null);
    }

    @Override
    public CompletableFuture<Void> unload(String adapter) {
        messages.add("unload " + adapter);
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Void> schedule(SchedulingSettings settings) {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public SchedulingReport scheduling(int lastSteps) {
        var settings = SchedulingSettings.DEFAULT;
        return new SchedulingReport(
                id,
                settings.policy().name(),
                settings.slo(),
                settings.weights(),
                MergeView.UNMERGED,
                0,
                List.of());
    }

    @Override
    public boolean has(String request) {
        return unfinished.containsKey(request);
    }

    @Override
    public void cancel(String request) {
        if (has(request) && !isLong) {
            end(request);
        }
    }

    @Override
    public ReplicaLoad load() {
        return new ReplicaLoad(id, unfinished.size(), 0, freeBlocks, 100);
    }

    @Override
    public boolean isServing() {
        return serving;
    }

    /** Ends all requests, and lets all adapters go. */
    @Override
    public void close() {
        serving = false;
        unfinished().forEach(this::end);
        evictions.keySet().forEach(this::settle);
        allowed.values().forEach(one -> one.complete(null));
    }
}
