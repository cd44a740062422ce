package org.dlora.cluster.supervision;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import org.dlora.adapter.weights.AdapterUploader;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.adapter.weights.UploadPace;
import org.dlora.cluster.TinyAdapter;
import org.dlora.cluster.replicas.ReplicaCondition.State;
import org.dlora.cluster.replicas.ReplicaFailures;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryUse;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.engine.Heartbeat;
import org.dlora.engine.ReplicaRef;
import org.dlora.engine.WatchedReplica;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.replica.SchedulingSettings;

/**
 * A supervised replica of scripted incarnations in scripted time. What runs on other threads runs
 * when the test says so: first the rescue of requests, then the end of the failed thread.
 */
final class SupervisedScript implements ReplicaFailures, ReplicaFactory, AutoCloseable {
    final List<ScriptedIncarnation> incarnations = new ArrayList<>();
    final List<String> told = new ArrayList<>();
    final Queue<RuntimeException> problems = new ArrayDeque<>();
    final Deque<Runnable> threads = new ArrayDeque<>();
    final MemoryLedger ledger = new MemoryLedger(1000);
    final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    final SupervisedReplica replica;
    private final CpuDevice device = new CpuDevice();
    final AdapterWeights weights;
    private final ReplicaSupervisor supervisor;
    double now;
    boolean isLast;

    /** Runs while the next incarnation is started, once. */
    Runnable duringStart = () -> {};

    /** Runs in the warm-ups of the incarnations to come. */
    volatile Runnable duringWarmUp = () -> {};

    SupervisedScript() {
        var uploader = new AdapterUploader(device, WeightPrecision.AUTO, MemoryLedger.unlimited());
        weights =
                new TinyAdapter("ant", Optional.of("1"), Path.of("ant"))
                        .upload(uploader, uploader.reserve(0), UploadPace.FULL);
        replica =
                new SupervisedReplica(
                        this,
                        bytes -> ledger.reserve(MemoryUse.FENCED, bytes)::close,
                        SchedulingSettings.DEFAULT,
                        () -> Instant.EPOCH.plusMillis((long) (1000 * now)));
        supervisor =
                new ReplicaSupervisor(
                        replica,
                        () -> isLast,
                        new WatchdogSettings(30, 50, 600),
                        this,
                        threads::add,
                        metrics,
                        0);
    }

    @Override
    public WatchedReplica start(OptionalInt kvBlocks, SchedulingSettings scheduling) {
        var problem = problems.poll();
        if (problem != null) {
            told.add("%.1f: %s".formatted(now, problem.getMessage()));
            throw problem;
        }
        incarnations.add(new ScriptedIncarnation(kvBlocks));
        last().duringWarmUp = duringWarmUp;
        last().messages.add("start " + scheduling.policy().name());
        var once = duringStart;
        duringStart = () -> {};
        once.run();
        return last();
    }

    ScriptedIncarnation last() {
        return incarnations.getLast();
    }

    @Override
    public void lost(ReplicaRef lost, String reason) {
        told.add("lost while %s: %s".formatted(state(), reason));
    }

    @Override
    public void restarted(ReplicaRef again) {
        told.add("restarted while " + state());
    }

    State state() {
        return replica.condition().state();
    }

    /** Lets time go on, with a check at its end and every tenth of a second. */
    void pass(double seconds) {
        double end = now + seconds;
        for (int i = 1; i <= Math.round(10 * seconds); i++) {
            now = Math.min(end, now + 0.1);
            supervisor.check(now);
        }
    }

    /** Runs what has come to the other threads. */
    void runThreads() {
        while (!threads.isEmpty()) {
            threads.remove().run();
        }
    }

    /** Rescues the requests of a failed incarnation, whose own thread goes on. */
    void rescue() {
        threads.removeFirst().run();
    }

    /** Lets the thread of the last incarnation hang until it is fenced. */
    void hang() {
        last().heartbeat = new Heartbeat(5, Double.NaN, false);
        pass(31);
        rescue();
    }

    /** Lets the last incarnation end by a defect, and its next one serve. */
    void endAndRestart() {
        last().serving = false;
        pass(0.1);
        runThreads();
        pass(60);
        runThreads();
        pass(0.1);
    }

    @Override
    public void close() {
        replica.close();
        runThreads();
        weights.close();
    }
}
