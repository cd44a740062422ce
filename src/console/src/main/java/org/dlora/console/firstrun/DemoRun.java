package org.dlora.console.firstrun;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.dlora.cluster.facts.AdminActions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of the demo traffic. Whatever ends it, its requests end and the policy before is in force
 * again.
 */
final class DemoRun implements Runnable {
    static final Duration TICK = Duration.ofMillis(100);

    private static final Logger log = LoggerFactory.getLogger(DemoRun.class);
    private static final Duration BETWEEN_MOVES = Duration.ofSeconds(3);

    /** Time that requests have to end by themselves, once no more are sent. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final String actor;
    private final DemoPlan plan;
    private final DemoRequests requests;
    private final DemoMoves moves;
    private final PolicyLoan loan;
    private final AdminActions audit;
    private final InstantSource clock;
    private final Pause pause;
    private final Instant began;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile String endedBy;
    private final CountDownLatch done = new CountDownLatch(1);
    private volatile Instant end = Instant.MAX;
    private volatile String words = "";

    /** A wait. */
    @FunctionalInterface
    interface Pause {
        /**
         * Waits until {@code stopped} is counted down, or for a time.
         *
         * @return whether it was counted down
         */
        boolean await(CountDownLatch stopped, Duration time) throws InterruptedException;
    }

    /**
     * @param actor for the audit
     * @param loan of the policy; ended with the run
     */
    DemoRun(
            String actor,
            DemoPlan plan,
            DemoRequests requests,
            DemoMoves moves,
            PolicyLoan loan,
            AdminActions audit,
            InstantSource clock,
            Pause pause) {
        this.actor = actor;
        endedBy = actor;
        this.plan = plan;
        this.requests = requests;
        this.moves = moves;
        this.loan = loan;
        this.audit = audit;
        this.clock = clock;
        this.pause = pause;
        began = clock.instant();
    }

    @Override
    public void run() {
        var how = "It failed; the server's log says why.";
        try {
            how = send() ? "It was stopped." : ended();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            how = "It was interrupted.";
        } catch (RuntimeException e) {
            log.warn("The demo traffic failed", e);
        } finally {
            end(how);
        }
    }

    /** Returns how it ended by itself. */
    private String ended() {
        return requests.sent() < DemoPlan.MOST_REQUESTS
                ? "It has ended."
                : "It has ended, as all its requests were sent.";
    }

    /** Sends all requests; returns whether it was stopped. */
    private boolean send() throws InterruptedException {
        var nextMove = BETWEEN_MOVES;
        for (var now = elapsed(); !plan.isOver(now, requests.sent()); now = elapsed()) {
            int due = plan.due(now, requests.sent(), requests.inFlight());
            for (int i = 0; i < due; i++) {
                requests.send(plan.adapter(now, requests.sent()));
            }
            if (plan.moves(now) && now.compareTo(nextMove) >= 0 && moves.move()) {
                nextMove = now.plus(BETWEEN_MOVES);
            }
            if (pause.await(stopped, TICK)) {
                return true;
            }
        }
        var last = elapsed().plus(GRACE);
        while (requests.inFlight() > 0 && elapsed().compareTo(last) < 0) {
            if (pause.await(stopped, TICK)) {
                return true;
            }
        }
        return false;
    }

    private void end(String how) {
        requests.cancel();
        try {
            how += policyWords(loan.end());
        } catch (RuntimeException e) {
            log.warn("The policy before the demo traffic could not be brought back", e);
            how += " The policy before could not be brought back; the server's log says why.";
        }
        words = how;
        end = clock.instant();
        audit.done(
                endedBy,
                "demo-traffic.end",
                "all replicas",
                null,
                Map.of("sent", requests.sent(), "answered", requests.answered(), "how", how));
        done.countDown();
    }

    private static String policyWords(PolicyLoan.End end) {
        return switch (end) {
            case KEPT -> " The policy was dlora before, and still is.";
            case RESTORED -> " The policy before is in force again.";
            case CHANGED -> " Another choice of the policy was made meanwhile, and stays.";
        };
    }

    private Duration elapsed() {
        return Duration.between(began, clock.instant());
    }

    /** Has it end soon. */
    void stop() {
        stopped.countDown();
    }

    /** Has it end soon, by {@code who} for the audit. */
    void stop(String who) {
        endedBy = who;
        stop();
    }

    /** Returns a latch that is counted down once the policy is back. */
    CountDownLatch done() {
        return done;
    }

    boolean isRunning() {
        return done.getCount() > 0;
    }

    DemoStatus status() {
        var until = end.equals(Instant.MAX) ? clock.instant() : end;
        double seconds = Duration.between(began, until).toMillis() / 1e3;
        return new DemoStatus(
                actor,
                began,
                Math.min(seconds, (double) DemoPlan.LENGTH.toSeconds()),
                plan.hot(),
                requests.sent(),
                requests.answered(),
                requests.failed(),
                requests.cancelled(),
                moves.moved(),
                isRunning(),
                words);
    }
}
