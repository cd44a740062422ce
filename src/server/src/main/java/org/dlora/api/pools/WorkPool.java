package org.dlora.api.pools;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Threads for one kind of work, with a bounded queue. Teams (keys without one) take turns, and no
 * key and no team has all threads or the whole queue. Thread-safe.
 */
public final class WorkPool implements AutoCloseable {
    private static final long IDLE_SECONDS = 60;

    private final String name;
    private final PoolSettings settings;
    private final boolean isInterrupted;
    private final ThreadPoolExecutor threads;

    /** Waiting tasks by owner; the owner whose turn comes next is the first. */
    private final Map<String, ArrayDeque<PoolTask<?>>> waiting = new LinkedHashMap<>();

    /** Running tasks of each key and team. */
    private final Map<String, Integer> running = new HashMap<>();

    private int runningTasks;
    private int waitingTasks;
    private boolean isRefusing;
    private long refusedShares;
    private long refusedByAll;

    /**
     * @param name as the settings have it
     * @param isInterrupted whether work ends by an interrupt when its client leaves
     */
    public WorkPool(String name, PoolSettings settings, boolean isInterrupted) {
        this(
                name,
                settings,
                isInterrupted,
                Thread.ofPlatform().name(name + "-", 1).daemon().factory());
    }

    WorkPool(String name, PoolSettings settings, boolean isInterrupted, ThreadFactory factory) {
        this.name = name;
        this.settings = settings;
        this.isInterrupted = isInterrupted;
        threads =
                new ThreadPoolExecutor(
                        settings.threads(),
                        settings.threads(),
                        IDLE_SECONDS,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        factory);
        threads.allowCoreThreadTimeOut(true);
    }

    /**
     * Returns the result of work that may wait, for the call in Reactor's context. Work whose
     * client leaves before it begins is dropped.
     *
     * @return ends in {@link PoolRefusedException} if the pool, or the caller's share of it, is
     *     full
     */
    public <T> Mono<T> run(Callable<? extends T> work) {
        return Mono.deferContextual(context -> {
            @Nullable Object attribute = context.getOrDefault(Access.NAME, null);
            var access = Access.find(attribute).orElse(Access.OPEN);
            return Mono.<T>create(sink -> {
                var task = new PoolTask<T>(access, work, sink);
                sink.onCancel(() -> giveUp(task));
                try {
                    submit(task);
                } catch (RuntimeException | Error e) {
                    task.fail(e);
                }
            });
        });
    }

    private synchronized void submit(PoolTask<?> task) {
        if (mayRun(task)) {
            start(task);
            return;
        }
        boolean isShare =
                waits(task.key) >= settings.queueOfKey()
                        || waits(task.team) >= settings.queueOfTeam();
        if (isShare || waitingTasks >= settings.queue()) {
            isRefusing = true;
            if (isShare) {
                refusedShares++;
            } else {
                refusedByAll++;
            }
            throw new PoolRefusedException(name, isShare);
        }
        waiting.computeIfAbsent(task.owner(), _ -> new ArrayDeque<>()).add(task);
        waitingTasks++;
    }

    /** Returns the waiting tasks of a key or a team; -1 for none of either. */
    private int waits(@Nullable String owner) {
        return owner == null
                ? -1
                : (int)
                        waiting.values().stream()
                                .flatMap(ArrayDeque::stream)
                                .filter(one -> owner.equals(one.key) || owner.equals(one.team))
                                .count();
    }

    private boolean mayRun(PoolTask<?> task) {
        return runningTasks < settings.threads()
                && (task.key == null || runs(task.key) < settings.threadsOfKey())
                && (task.team == null || runs(task.team) < settings.threadsOfTeam());
    }

    private int runs(String owner) {
        return running.getOrDefault(owner, 0);
    }

    private void start(PoolTask<?> task) {
        count(task, 1);
        try {
            threads.execute(() -> {
                try {
                    task.run();
                } finally {
                    ended(task);
                }
            });
        } catch (RuntimeException | Error e) {
            // Such as no memory for a thread.
            count(task, -1);
            throw e;
        }
    }

    private void count(PoolTask<?> task, int change) {
        runningTasks += change;
        if (task.key != null) {
            running.merge(task.key, change, WorkPool::sum);
        }
        if (task.team != null) {
            running.merge(task.team, change, WorkPool::sum);
        }
    }

    private static @Nullable Integer sum(Integer one, Integer other) {
        int sum = one + other;
        return sum == 0 ? null : sum;
    }

    private void ended(PoolTask<?> task) {
        // Clients are answered without the lock.
        startWaiting(task).forEach(PoolTask::fail);
    }

    /** Starts the tasks that may run when one has ended, and returns those that cannot start. */
    private synchronized Map<PoolTask<?>, Throwable> startWaiting(PoolTask<?> ended) {
        count(ended, -1);
        var failed = new LinkedHashMap<PoolTask<?>, Throwable>();
        for (var next = next(); next.isPresent(); next = next()) {
            try {
                start(next.get());
            } catch (RuntimeException | Error e) {
                failed.put(next.get(), e);
            }
        }
        isRefusing &= waitingTasks > 0;
        return failed;
    }

    /** Takes the first task that may run, by the owners' turns. */
    private Optional<PoolTask<?>> next() {
        var first =
                waiting.values().stream()
                        .<PoolTask<?>>flatMap(Collection::stream)
                        .filter(this::mayRun)
                        .findFirst();
        first.ifPresent(task -> {
            take(task);
            var rest = waiting.remove(task.owner());
            if (rest != null) {
                waiting.put(task.owner(), rest);
            }
        });
        return first;
    }

    private boolean take(PoolTask<?> task) {
        var tasks = waiting.get(task.owner());
        if (tasks == null || !tasks.remove(task)) {
            return false;
        }
        waitingTasks--;
        if (tasks.isEmpty()) {
            waiting.remove(task.owner());
        }
        return true;
    }

    private void giveUp(PoolTask<?> task) {
        synchronized (this) {
            if (take(task)) {
                isRefusing &= waitingTasks > 0;
                return;
            }
        }
        task.giveUp(isInterrupted);
    }

    /** Returns the name of the pool in the settings. */
    public String name() {
        return name;
    }

    /** Returns the calls whose work runs. */
    synchronized int running() {
        return runningTasks;
    }

    /** Returns the calls that wait for a thread. */
    synchronized int waiting() {
        return waitingTasks;
    }

    /**
     * Returns the calls that were refused since the start.
     *
     * @param isShare whether calls beyond the share of their key or team are meant, else beyond the
     *     whole pool
     */
    synchronized long refused(boolean isShare) {
        return isShare ? refusedShares : refusedByAll;
    }

    /** Returns whether it has refused a call and still has others waiting. */
    public synchronized boolean isRefusing() {
        return isRefusing;
    }

    @Override
    public void close() {
        var _ = threads.shutdownNow();
    }
}
