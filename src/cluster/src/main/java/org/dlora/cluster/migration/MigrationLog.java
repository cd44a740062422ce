package org.dlora.cluster.migration;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.DoubleSupplier;
import org.dlora.cluster.rebalance.PlanGain;
import org.dlora.cluster.requests.LiveRequest;
import org.dlora.cluster.requests.StreamPause;
import org.dlora.engine.ReplicaRef;
import org.dlora.replica.migration.MigrationResult;
import org.dlora.replica.migration.SentKv;
import org.jspecify.annotations.Nullable;

/** Log of the migrations that run, and of the last ones that have ended. Thread-safe. */
public final class MigrationLog {
    /** Ended migrations that are remembered. */
    private static final int HISTORY = 256;

    private final DoubleSupplier clock;
    private final Clock calendar = Clock.systemUTC();
    private final List<MigrationObserver> observers = new CopyOnWriteArrayList<>();
    private final Map<String, Entry> running = new LinkedHashMap<>();
    private final Deque<Entry> ended = new ArrayDeque<>();

    /**
     * @param clock seconds
     */
    MigrationLog(DoubleSupplier clock) {
        this.clock = clock;
    }

    /** Migration in the log. The log's lock guards what changes. */
    final class Entry {
        private final LiveRequest live;
        private final ReplicaRef source;
        private final ReplicaRef target;
        private final Instant begunAt = calendar.instant();
        private final double begun = clock.getAsDouble();
        private final MoveCause cause;
        private final @Nullable PlanGain gain;
        private @Nullable StreamPause pause;
        private @Nullable MigrationRecord record;

        private Entry(
                LiveRequest live,
                ReplicaRef source,
                ReplicaRef target,
                MoveCause cause,
                @Nullable PlanGain gain) {
            this.live = live;
            this.source = source;
            this.target = target;
            this.cause = cause;
            this.gain = gain;
        }

        private MigrationRecord record(MigrationResult result, SentKv kv) {
            return new MigrationRecord(
                    live.id(),
                    live.tracked().model(),
                    source.id(),
                    target.id(),
                    begunAt,
                    clock.getAsDouble() - begun,
                    kv,
                    pause,
                    result,
                    cause,
                    gain);
        }

        private MigrationStatus running(double now) {
            return new MigrationStatus(
                    live.id(),
                    live.tracked().model(),
                    source.id(),
                    target.id(),
                    begunAt,
                    now - begun,
                    cause,
                    gain);
        }
    }

    void watch(MigrationObserver observer) {
        observers.add(observer);
    }

    /**
     * Notes that a migration begins.
     *
     * @throws IllegalStateException if the request is being moved
     */
    synchronized Entry begin(
            LiveRequest live,
            ReplicaRef source,
            ReplicaRef target,
            MoveCause cause,
            @Nullable PlanGain gain) {
        var entry = new Entry(live, source, target, cause, gain);
        if (running.putIfAbsent(live.id(), entry) != null) {
            throw new IllegalStateException(
                    "Request '%s' is being moved already".formatted(live.id()));
        }
        return entry;
    }

    /** Forgets a migration that could not begin. */
    synchronized void forget(Entry entry) {
        running.remove(entry.live.id(), entry);
    }

    /**
     * Notes the end of a migration.
     *
     * @param kv that was sent
     */
    MigrationRecord end(Entry entry, MigrationResult result, SentKv kv) {
        MigrationRecord record;
        synchronized (this) {
            record = entry.record(result, kv);
            entry.record = record;
            running.remove(entry.live.id(), entry);
            ended.addFirst(entry);
            if (ended.size() > HISTORY) {
                ended.removeLast();
            }
        }
        observers.forEach(observer -> observer.ended(record));
        return record;
    }

    /** Notes the pause of the stream. */
    void resumed(Entry entry, StreamPause pause) {
        synchronized (this) {
            entry.pause = pause;
            var record = entry.record;
            entry.record = record == null ? null : record.withPause(pause);
        }
        observers.forEach(observer -> observer.resumed(pause));
    }

    /** Returns the target of a request that is being moved. */
    public synchronized Optional<String> target(String request) {
        return Optional.ofNullable(running.get(request)).map(entry -> entry.target.id());
    }

    /** Returns whether a request is on its way to a replica. */
    synchronized boolean isTarget(ReplicaRef replica) {
        return running.values().stream().anyMatch(entry -> entry.target.equals(replica));
    }

    /** Returns the migrations that run, the oldest first. */
    synchronized List<MigrationStatus> running() {
        double now = clock.getAsDouble();
        return running.values().stream().map(entry -> entry.running(now)).toList();
    }

    /** Returns the last migrations that have ended, the newest first. */
    synchronized List<MigrationRecord> history() {
        return ended.stream().map(entry -> entry.record).toList();
    }
}
