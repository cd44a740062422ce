package org.dlora.cluster.supervision;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import org.dlora.cluster.replicas.ReplicaFailures;
import org.dlora.device.MemoryFullException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Supervisor of one replica. It is a state machine that {@link #check} drives:
 *
 * <pre>
 *  serving ── hung, ended or asked ──▶ fenced ── memory free, or room for both ──▶ restarting
 *     ▲                                                                        ▲        │
 *     └──────────────────── the incarnation is warm ◀── begin ──◀── pause ─────┴─ fails ┘
 * </pre>
 *
 * <p>Java cannot stop a thread that computes. So a failed incarnation is closed on a thread of its
 * own, and its memory stays booked until its thread has ended. An attempt that hangs while it
 * begins or warms up is fenced alike.
 */
final class ReplicaSupervisor {
    private static final Logger log = LoggerFactory.getLogger(ReplicaSupervisor.class);

    /** Seconds after which a restart that was asked for, and cannot begin, is answered. */
    private static final double ANSWER = 30;

    private final SupervisedReplica replica;
    private final WatchdogSettings settings;
    private final ReplicaFailures failures;
    private final Executor threads;
    private final SupervisionMeters meters;
    private final Backoff backoff = Backoff.DEFAULT;
    private final BooleanSupplier isLast;
    private HangCheck hang;

    /** Beat of the last turn that was logged as slow. */
    private long slowBeat = -1;

    private double servingSince;
    private double nextAttempt;
    private int attempts;
    private String reason = "";
    private @Nullable String lastProblem;
    private @Nullable CompletableFuture<Void> rescued;
    private CompletableFuture<Void> ended = CompletableFuture.completedFuture(null);
    private boolean isBooked;
    private @Nullable CompletableFuture<Void> beginning;
    private Stopwatch attempt = new Stopwatch(0);

    /** Runs while somebody waits for a restart that has not begun. */
    private @Nullable Stopwatch waiting;

    /**
     * @param isLast whether no other replica serves
     * @param failures is told on {@code threads}
     * @param threads run what may last
     * @param now seconds
     */
    ReplicaSupervisor(
            SupervisedReplica replica,
            BooleanSupplier isLast,
            WatchdogSettings settings,
            ReplicaFailures failures,
            Executor threads,
            MeterRegistry metrics,
            double now) {
        this.replica = replica;
        this.isLast = isLast;
        this.settings = settings;
        this.failures = failures;
        this.threads = threads;
        meters = new SupervisionMeters(metrics, replica);
        hang = new HangCheck(settings);
        servingSince = now;
    }

    /**
     * Looks at the replica, and does what is due.
     *
     * @param now seconds
     */
    void check(double now) {
        switch (replica.condition().state()) {
            case SERVING -> {
                var begun = beginning;
                if (begun == null || ended(begun, now)) {
                    watch(now);
                }
            }
            case FENCED, RESTARTING -> restore(now);
            case CLOSED -> {}
        }
    }

    private void watch(double now) {
        var present = replica.latest();
        if (!present.isServing()) {
            fence(Failure.ENDED, "its thread has ended; the log says why", "", now);
            return;
        }
        var heartbeat = present.heartbeat();
        var turn = hang.look(heartbeat, present.processorSeconds(), now, isLast.getAsBoolean());
        if (turn == HangCheck.Turn.HUNG) {
            var words = words(heartbeat.predicted());
            fence(Failure.HUNG, words, "\n" + present.stackTrace(), now);
        } else if (replica.isRestartAsked()) {
            fence(Failure.ASKED, "a restart was asked for", "", now);
        } else if (turn == HangCheck.Turn.SLOW && heartbeat.beat() != slowBeat) {
            slowBeat = heartbeat.beat();
            log.warn(
                    "Replica {} is slow: {}. It goes on, and is not fenced",
                    replica.id(),
                    words(heartbeat.predicted()));
        }
    }

    private String words(double predicted) {
        return String.format(
                Locale.ROOT,
                "a turn of its loop has lasted for %.1f s, %.1f s of the processor, predicted were %s",
                hang.seconds(),
                hang.processorSeconds(),
                Double.isNaN(predicted) ? "none" : String.format(Locale.ROOT, "%.3f s", predicted));
    }

    private void fence(Failure failure, String why, String stack, double now) {
        var failed = replica.latest();
        var end = new CompletableFuture<Void>();
        if (!replica.fence(why, end)) {
            return;
        }
        if (failure == Failure.ASKED) {
            log.info("Replica {} is restarted, as was asked for", replica.id());
        } else {
            log.error("Replica {} is fenced: {}{}", replica.id(), why, stack);
        }
        meters.fenced(failure);
        attempts = now - servingSince >= backoff.healthy() ? 1 : attempts + 1;
        nextAttempt = now + backoff.pause(attempts);
        reason = why;
        ended = end;
        isBooked = false;
        lastProblem = null;
        rescued = CompletableFuture.runAsync(() -> rescue(why), threads);
        threads.execute(() -> {
            try {
                failed.close();
            } finally {
                end.complete(null);
            }
        });
    }

    private void rescue(String why) {
        try {
            failures.lost(replica, "Replica %s has failed: %s".formatted(replica.id(), why));
        } catch (RuntimeException | Error e) {
            log.error("The requests of replica {} could not all be continued", replica.id(), e);
        }
    }

    /** Begins anew once requests are continued elsewhere, the pause is over, and there is room. */
    private void restore(double now) {
        var begun = beginning;
        if (begun != null) {
            if (!ended(begun, now) && attempt.seconds(now) > settings.beginning()) {
                giveUp(now);
            }
            return;
        }
        answerInTime(now);
        boolean isFree = ended.isDone();
        if (isFree) {
            replica.freed();
        }
        if (rescued == null || !rescued.isDone() || !(isFree || hasRoom())) {
            return;
        }
        if (replica.isRestartAsked()) {
            nextAttempt = Math.min(nextAttempt, now);
        }
        var words = "attempt %d to begin anew, after: %s".formatted(attempts, reason);
        if (!replica.condition().reason().equals(words)) {
            replica.awaitRestart(words);
        }
        if (now >= nextAttempt) {
            attempt = new Stopwatch(now);
            waiting = null;
            beginning = CompletableFuture.runAsync(this::begin, threads);
        }
    }

    /** Answers whoever asked for a restart that cannot begin; it begins later all the same. */
    private void answerInTime(double now) {
        if (!replica.isRestartAsked()) {
            waiting = null;
            return;
        }
        var since = waiting == null ? new Stopwatch(now) : waiting;
        waiting = since;
        if (since.seconds(now) < ANSWER) {
            return;
        }
        waiting = null;
        var words =
                "it is fenced, because %s. It could not begin anew within %.0f s, and does so as soon as it can"
                        .formatted(reason, ANSWER);
        replica.takeAsked().completeExceptionally(new IllegalStateException(words));
    }

    /** Fences an attempt to begin anew that hangs; its memory stays booked until it has left. */
    private void giveUp(double now) {
        var why =
                String.format(
                        Locale.ROOT,
                        "its attempt to begin anew has lasted for %.1f s",
                        attempt.seconds(now));
        var hung = replica.giveUp(why);
        if (hung.isEmpty()) {
            return; // It has just ended.
        }
        log.error("Replica {} is fenced: {}\n{}", replica.id(), why, hung.get().stackTrace());
        meters.fenced(Failure.HUNG);
        meters.restarted(false);
        beginning = null;
        ended = CompletableFuture.allOf(ended, hung.get().left());
        isBooked = false;
        reason = why;
        attempts++;
        nextAttempt = now + backoff.pause(attempts);
        replica.takeAsked().completeExceptionally(new IllegalStateException(why));
    }

    /** Books the memory that the failed incarnation still holds beside that of the next one. */
    private boolean hasRoom() {
        if (!isBooked) {
            try {
                var booked = replica.room().book(replica.latest().bytes());
                var _ = ended.thenRun(booked);
                isBooked = true;
            } catch (MemoryFullException _) {
                return false; // It waits for the thread.
            }
        }
        return true;
    }

    private void begin() {
        replica.begin();
        try {
            failures.restarted(replica);
        } catch (RuntimeException | Error e) {
            log.error("The memory of replica {} could not be booked anew", replica.id(), e);
        }
    }

    /** Takes note of an attempt that has ended; returns false if it goes on. */
    private boolean ended(CompletableFuture<Void> attempt, double now) {
        if (!attempt.isDone()) {
            return false;
        }
        beginning = null;
        try {
            attempt.join();
            log.info("Replica {} serves again", replica.id());
            meters.restarted(true);
            servingSince = now;
            hang = new HangCheck(settings);
            replica.takeAsked().complete(null);
        } catch (CompletionException e) {
            failed(e.getCause() == null ? e : e.getCause(), now);
        }
        return true;
    }

    private void failed(Throwable problem, double now) {
        if (replica.isClosed()) {
            return;
        }
        meters.restarted(false);
        var words = problem.toString();
        if (!words.equals(lastProblem)) {
            log.error("Replica {} could not begin anew; it is tried again", replica.id(), problem);
            lastProblem = words;
        }
        attempts++;
        nextAttempt = now + backoff.pause(attempts);
        replica.takeAsked().completeExceptionally(problem);
    }
}
