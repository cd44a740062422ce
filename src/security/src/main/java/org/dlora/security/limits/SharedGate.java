package org.dlora.security.limits;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.dlora.security.limits.SharedRates.Answer;
import org.dlora.security.limits.SharedRates.Claim;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Second check of a request that this server's limits have let in, by the rates that all servers
 * share. It waits for a limited time; while the database is away or slow, what this server counts
 * decides alone, and what nobody waits for any more is not asked. Thread-safe.
 */
public final class SharedGate implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SharedGate.class);

    /** Time in which the database is not asked after it did not answer. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private static final double MINUTE = 60e9;
    private static final int THREADS = 2;
    private static final int WAITING = 1000;
    private static final long CLOSING_SECONDS = 2;

    private final Limiter limiter;
    private final SharedRates rates;
    private final LongSupplier nanos;
    private final Duration patience;
    private final ThreadPoolExecutor threads =
            new ThreadPoolExecutor(
                    THREADS,
                    THREADS,
                    0,
                    TimeUnit.SECONDS,
                    new LinkedBlockingQueue<>(WAITING),
                    Thread.ofPlatform().name("limits-shared-", 0).daemon().factory());
    private final GiveBackQueue unused;
    private volatile @Nullable Long quietUntil;

    /**
     * @param nanos monotonic, of the pauses in which the database is not asked
     * @param patience longest wait of a request
     */
    public SharedGate(Limiter limiter, SharedRates rates, LongSupplier nanos, Duration patience) {
        this.limiter = limiter;
        this.rates = rates;
        unused = new GiveBackQueue(rates);
        this.nanos = nanos;
        this.patience = patience;
    }

    /** Returns whether a request is to be checked. */
    public boolean isAsked(Admission admission) {
        var until = quietUntil;
        return !admission.claims().isEmpty() && (until == null || nanos.getAsLong() - until >= 0);
    }

    /**
     * The result of a check.
     *
     * @param left rest of all servers
     * @param refusal null if the request may begin; else it is withdrawn
     */
    public record Checked(Headroom left, @Nullable LimitExceededException refusal) {}

    /** Checks a request that was let in here. */
    public CompletableFuture<Checked> check(Admission admission) {
        var asked = new CompletableFuture<Answer>();
        try {
            threads.execute(() -> ask(admission, asked));
        } catch (RejectedExecutionException _) {
            return CompletableFuture.completedFuture(new Checked(admission.headroom(), null));
        }
        return asked.orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS)
                .handle((answer, problem) -> checked(admission, answer, problem));
    }

    private void ask(Admission admission, CompletableFuture<Answer> asked) {
        if (admission.hasEnded()) {
            asked.cancel(false);
        }
        // Nobody waits for the answer any more: the database has others to answer.
        if (asked.isDone()) {
            return;
        }
        try {
            var answer = rates.take(admission.claims());
            if (answer.taken()) {
                admission.shareWith(this);
            }
            asked.complete(answer);
        } catch (RuntimeException e) {
            asked.completeExceptionally(e);
        }
    }

    private Checked checked(
            Admission admission, @Nullable Answer answer, @Nullable Throwable problem) {
        if (problem instanceof CancellationException) {
            return new Checked(admission.headroom(), null);
        }
        if (answer == null) {
            quietUntil = nanos.getAsLong() + PAUSE.toNanos();
            var why = problem instanceof TimeoutException ? "no answer in time" : problem;
            log.debug("Shared rates were not asked: {}", String.valueOf(why));
            return new Checked(admission.headroom(), null);
        }
        var all = new ArrayList<Headroom>();
        all.add(admission.headroom());
        LimitExceededException longest = null;
        var claims = admission.claims();
        for (int i = 0; i < claims.size(); i++) {
            var claim = claims.get(i);
            long left = answer.remaining().get(i);
            var rate = new Headroom.Rate(claim.limit(), left, time(claim.limit(), left, claim));
            all.add(Headroom.of(claim.kind(), rate));
            if (!answer.taken() && left < claim.amount()) {
                var refusal =
                        new RefusalWriter(claim.owner())
                                .rate(
                                        claim.kind(),
                                        rate,
                                        claim.amount(),
                                        time(claim.amount(), left, claim));
                longest = longest == null || refusal.outlasts(longest) ? refusal : longest;
            }
        }
        if (longest != null) {
            admission.withdraw();
            limiter.tell(longest);
        }
        return new Checked(Headroom.tighter(all), longest);
    }

    /** Returns the time until a bucket that holds {@code left} holds {@code level}. */
    private static Duration time(long level, long left, Claim claim) {
        return Duration.ofNanos((long) Math.ceil((level - left) * MINUTE / claim.limit()));
    }

    /** Gives back parts beside serving. */
    void giveBack(List<Claim> claims) {
        unused.add(claims);
    }

    /** Gives back what waits, for some seconds at most. */
    @Override
    public void close() {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(CLOSING_SECONDS, TimeUnit.SECONDS)) {
                var _ = threads.shutdownNow();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        unused.close();
    }
}
