package org.dlora.cluster.supervision;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.dlora.background.LastingWork;
import org.dlora.cluster.replicas.ReplicaFailures;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watchdog of the server's replicas. It looks at each of them ten times a second, has those fenced
 * that hang or have ended, and lets them begin anew.
 */
public final class ReplicaWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ReplicaWatch.class);
    private static final long PERIOD_MILLIS = 100;

    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(
                    Thread.ofPlatform().name("replica-rescue-", 0).daemon().factory());
    private final ScheduledExecutorService clock =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().name("replica-watch").daemon().factory());
    private final List<ReplicaSupervisor> supervisors;

    /** The clock's thread alone uses it. */
    private @Nullable String lastProblem;

    /**
     * @param replicas warm ones
     * @param failures is told of those that fail and come back
     */
    public ReplicaWatch(
            List<SupervisedReplica> replicas,
            WatchdogSettings settings,
            ReplicaFailures failures,
            MeterRegistry metrics) {
        supervisors =
                replicas.stream()
                        .map(replica ->
                                new ReplicaSupervisor(
                                        replica,
                                        () -> isLast(replica, replicas),
                                        settings,
                                        failures,
                                        threads,
                                        metrics,
                                        seconds()))
                        .toList();
    }

    private static boolean isLast(SupervisedReplica one, List<SupervisedReplica> replicas) {
        return replicas.stream().noneMatch(other -> other != one && other.isServing());
    }

    /** Begins to watch; once. */
    public void start() {
        var _ =
                clock.scheduleWithFixedDelay(
                        LastingWork.repeated("replica-watch", this::check),
                        PERIOD_MILLIS,
                        PERIOD_MILLIS,
                        TimeUnit.MILLISECONDS);
    }

    private void check() {
        for (var supervisor : supervisors) {
            try {
                supervisor.check(seconds());
            } catch (RuntimeException | Error e) {
                if (!e.toString().equals(lastProblem)) {
                    log.error("A replica could not be watched; it is tried again", e);
                }
                lastProblem = e.toString();
            }
        }
    }

    private static double seconds() {
        return 1e-9 * System.nanoTime();
    }

    /** Watches no more. Attempts to begin anew go on until their replicas are closed. */
    @Override
    public void close() {
        clock.close();
        threads.shutdown();
    }
}
