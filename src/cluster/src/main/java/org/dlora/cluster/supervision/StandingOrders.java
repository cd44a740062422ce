package org.dlora.cluster.supervision;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.engine.WatchedReplica;
import org.dlora.replica.SchedulingSettings;
import org.jspecify.annotations.Nullable;

/**
 * Orders to a replica that hold for all of its incarnations: the loaded adapters and the scheduling
 * settings. While there is no incarnation, orders are remembered and complete at once. Thread-safe.
 *
 * <p>Weights are free for their owner once no thread reads them any more, so an adapter's end waits
 * for the threads of the failed incarnations that had it.
 */
final class StandingOrders {
    private final Map<String, AdapterWeights> adapters = new LinkedHashMap<>();

    /** Adapters that were unloaded while there was no incarnation. */
    private final Set<String> unloaded = new HashSet<>();

    /** Adapters that the present incarnation is to let go, and may still read. */
    private final Set<String> leaving = new HashSet<>();

    /** Failed incarnations whose threads had not ended. */
    private final List<Failed> failed = new ArrayList<>();

    /**
     * A failed incarnation.
     *
     * @param ended completes when its thread has ended
     * @param adapters that its thread may read until then
     */
    private record Failed(CompletableFuture<Void> ended, Set<String> adapters) {
        boolean mayRead(String id) {
            return !ended.isDone() && adapters.contains(id);
        }
    }

    private final PendingCalls calls = new PendingCalls();
    private SchedulingSettings scheduling;
    private @Nullable WatchedReplica target;

    StandingOrders(SchedulingSettings scheduling) {
        this.scheduling = scheduling;
    }

    synchronized SchedulingSettings scheduling() {
        return scheduling;
    }

    /**
     * Gives all orders to an incarnation that begins.
     *
     * @param started settings that it was started with; they may have changed since
     * @return completes once it has the settings and all adapters, exceptionally if it lacks one
     */
    synchronized CompletableFuture<Void> begin(WatchedReplica next, SchedulingSettings started) {
        target = next;
        var loads = new ArrayList<CompletableFuture<Void>>();
        if (!scheduling.equals(started)) {
            loads.add(next.schedule(scheduling));
        }
        adapters.forEach((id, weights) -> loads.add(next.load(id, weights)));
        for (var id : unloaded) {
            var _ = next.unload(id);
        }
        unloaded.clear();
        return all(loads);
    }

    /**
     * Gives no more orders to the present incarnation, which has failed.
     *
     * @param ended completes when its thread has ended
     */
    void fail(CompletableFuture<Void> ended) {
        synchronized (this) {
            target = null;
            var readable = new HashSet<>(adapters.keySet());
            readable.addAll(leaving);
            leaving.clear();
            failed.add(new Failed(ended, readable));
        }
        calls.end();
    }

    CompletableFuture<Void> load(String id, AdapterWeights weights) {
        WatchedReplica told;
        CompletableFuture<Void> loaded;
        CompletableFuture<Void> answer;
        boolean isNew;
        synchronized (this) {
            isNew = adapters.putIfAbsent(id, weights) == null;
            told = target;
            if (told == null) {
                return CompletableFuture.completedFuture(null);
            }
            answer = calls.begin(); // Before a failure can end all calls.
            loaded = told.load(id, weights);
        }
        return pass(
                told,
                loaded,
                answer,
                () -> {
                    if (isNew) {
                        withdraw(id);
                    }
                });
    }

    private synchronized void withdraw(String id) {
        adapters.remove(id);
    }

    CompletableFuture<Void> evict(String id) {
        return leave(id, told -> told.evict(id));
    }

    CompletableFuture<Void> unload(String id) {
        synchronized (this) {
            if (target == null) {
                unloaded.add(id);
            }
        }
        return leave(id, told -> told.unload(id));
    }

    private synchronized CompletableFuture<Void> leave(
            String id, Function<WatchedReplica, CompletableFuture<Void>> order) {
        adapters.remove(id);
        failed.removeIf(one -> one.ended.isDone());
        var all = new ArrayList<CompletableFuture<Void>>();
        failed.stream().filter(one -> one.mayRead(id)).map(Failed::ended).forEach(all::add);
        if (target != null) {
            leaving.add(id);
            all.add(order.apply(target).thenRun(() -> left(id)));
        }
        return all(all);
    }

    private synchronized void left(String id) {
        leaving.remove(id);
    }

    /** Returns whether the thread of a failed incarnation may still read an adapter's weights. */
    synchronized boolean isReadByFailed(String id) {
        return failed.stream().anyMatch(one -> one.mayRead(id));
    }

    CompletableFuture<Void> schedule(SchedulingSettings other) {
        WatchedReplica told;
        CompletableFuture<Void> done;
        CompletableFuture<Void> answer;
        synchronized (this) {
            scheduling = other;
            told = target;
            if (told == null) {
                return CompletableFuture.completedFuture(null);
            }
            answer = calls.begin();
            done = told.schedule(other);
        }
        return pass(told, done, answer, () -> {});
    }

    /** Passes an incarnation's answer on. A refusal counts only while it serves. */
    private static CompletableFuture<Void> pass(
            WatchedReplica told,
            CompletableFuture<Void> done,
            CompletableFuture<Void> answer,
            Runnable refused) {
        var _ =
                done.whenComplete((_, problem) -> {
                    if (problem != null && told.isServing() && !answer.isDone()) {
                        refused.run();
                        answer.completeExceptionally(problem);
                    } else {
                        answer.complete(null);
                    }
                });
        return answer;
    }

    private static CompletableFuture<Void> all(List<CompletableFuture<Void>> each) {
        return CompletableFuture.allOf(each.toArray(CompletableFuture[]::new));
    }
}
