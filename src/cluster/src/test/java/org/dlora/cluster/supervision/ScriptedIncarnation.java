package org.dlora.cluster.supervision;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.engine.Heartbeat;
import org.dlora.engine.KvMemory;
import org.dlora.engine.SchedulingReport;
import org.dlora.engine.WatchedReplica;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.ActiveAdapters;
import org.dlora.replica.ReplicaCommand;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.scheduling.ReplicaLoad;

/** An incarnation that hangs, ends and answers when a test says so. */
final class ScriptedIncarnation implements WatchedReplica {
    final List<String> messages = new ArrayList<>();
    final OptionalInt kvBlocks;
    Heartbeat heartbeat = new Heartbeat(0, Double.NaN, true);
    double processorSeconds = Double.NaN;
    KvMemory kv = KvMemory.FIXED;
    boolean serving = true;
    Runnable duringWarmUp = () -> {};
    Runnable duringClose = () -> {};
    Runnable duringCalls = () -> {};
    CompletableFuture<Void> answers = CompletableFuture.completedFuture(null);

    ScriptedIncarnation(OptionalInt kvBlocks) {
        this.kvBlocks = kvBlocks;
    }

    private CompletableFuture<Void> told(String message) {
        messages.add(message);
        duringCalls.run();
        return answers;
    }

    @Override
    public Heartbeat heartbeat() {
        return heartbeat;
    }

    @Override
    public double processorSeconds() {
        return processorSeconds;
    }

    @Override
    public String stackTrace() {
        return "    at some.kernel";
    }

    @Override
    public long bytes() {
        return 100;
    }

    @Override
    public void warmUp(Runnable goOn) {
        duringWarmUp.run();
        goOn.run();
        messages.add("warm up");
    }

    @Override
    public String id() {
        return "7";
    }

    @Override
    public void submit(GenerationRequest request, GenerationListener listener) {
        messages.add("submit " + request.id());
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

    @Override
    public void tell(ReplicaCommand move) {
        messages.add("tell");
    }

    @Override
    public void check(GenerationRequest request) {}

    @Override
    public CompletableFuture<Void> load(String id, AdapterWeights weights) {
        return told("load " + id);
    }

    @Override
    public CompletableFuture<Void> evict(String id) {
        return told("evict " + id);
    }

    @Override
    public CompletableFuture<Void> unload(String id) {
        return told("unload " + id);
    }

    @Override
    public CompletableFuture<Void> schedule(SchedulingSettings settings) {
        return told("schedule " + settings.policy().name());
    }

    @Override
    public SchedulingReport scheduling(int lastSteps) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean has(String requestId) {
        return true;
    }

    @Override
    public void cancel(String requestId) {
        messages.add("cancel " + requestId);
    }

    @Override
    public ReplicaLoad load() {
        return new ReplicaLoad("7", 1, 2, 3, 10);
    }

    @Override
    public KvMemory kv() {
        return kv;
    }

    @Override
    public ActiveAdapters activeAdapters() {
        return ActiveAdapters.NONE;
    }

    @Override
    public boolean isServing() {
        return serving;
    }

    @Override
    public void close() {
        duringClose.run();
        serving = false;
        messages.add("close");
    }
}
