package org.dlora.cluster.rebalance;

import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.DoubleSupplier;
import org.dlora.background.LastingWork;
import org.dlora.replica.migration.MigrationResult;
import org.dlora.scheduling.rebalance.MeasuredGain;
import org.dlora.scheduling.rebalance.RebalancePlan;
import org.dlora.scheduling.rebalance.RebalanceProblem;
import org.dlora.scheduling.rebalance.RebalanceSettings;
import org.dlora.scheduling.rebalance.RebalanceSolver;
import org.dlora.scheduling.rebalance.RebalanceTrigger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rebalancer of a cluster (dLoRA, section 5.2): a thread that asks for plans when replicas drift
 * apart, and has the moves carried out. Requests are served meanwhile. Thread-safe.
 */
public final class Rebalancer implements RebalanceService, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Rebalancer.class);

    /** Seconds between two looks at the loads. */
    private static final double TICK = 0.1;

    /** Moves of a plan that are under way at a time. */
    private static final int WINDOW = 4;

    /**
     * Seconds that a move may take before the next ones begin; a load of an adapter may be slow.
     */
    private static final double PATIENCE = 5;

    /** Plans that are remembered. */
    private static final int HISTORY = 64;

    private final RebalancedCluster cluster;
    private final RebalanceSolver solver;
    private final RebalanceSettings settings;
    private final RebalanceTrigger trigger;
    private final DoubleSupplier clock;
    private final Clock calendar;
    private final Deque<RebalanceReport> reports = new ArrayDeque<>();
    private final ReentrantLock planning = new ReentrantLock();
    private final Thread thread;
    private final RecordedMoves moves;
    private volatile double lastPlan = Double.NEGATIVE_INFINITY;

    /**
     * @param batch most sequences of a step
     * @param clock seconds since some fixed moment
     */
    public Rebalancer(
            RebalancedCluster cluster,
            RebalanceSolver solver,
            RebalanceSettings settings,
            int batch,
            DoubleSupplier clock,
            Clock calendar) {
        this.cluster = cluster;
        this.solver = solver;
        this.settings = settings;
        this.clock = clock;
        this.calendar = calendar;
        trigger = new RebalanceTrigger(settings, batch);
        moves = new RecordedMoves(clock);
        cluster.watch(moves::moved);
        thread = LastingWork.thread("rebalancer", this::run);
    }

    /** Begins to look after the loads. */
    public void start() {
        thread.start();
    }

    public RebalanceSettings settings() {
        return settings;
    }

    private void run() {
        try {
            while (true) {
                TimeUnit.NANOSECONDS.sleep((long) (1e9 * TICK));
                look();
            }
        } catch (InterruptedException _) {
            log.debug("The rebalancer ends");
        }
    }

    private void look() throws InterruptedException {
        try {
            var reason = reason();
            if (reason.isPresent()) {
                rebalance(reason.get(), false);
            }
        } catch (RuntimeException | Error e) {
            log.error("Requests could not be rebalanced; it is tried again", e);
        }
    }

    private Optional<String> reason() {
        return trigger.reason(clock.getAsDouble(), lastPlan, cluster.loads());
    }

    @Override
    public CompletableFuture<RebalanceReport> rebalanceNow(String reason) {
        var report = new CompletableFuture<RebalanceReport>();
        Thread.ofVirtual()
                .name("rebalance-now")
                .start(() -> {
                    try {
                        report.complete(rebalance(reason, true));
                    } catch (InterruptedException e) {
                        report.completeExceptionally(e);
                    } catch (RuntimeException | Error e) {
                        log.error("Requests could not be rebalanced as it was ordered", e);
                        report.completeExceptionally(e);
                    }
                });
        return report;
    }

    @Override
    public RebalancePlan dryRun() {
        return plan(restricted());
    }

    /**
     * Makes a plan and applies it if it is worth its moves; waits until the moves have ended.
     *
     * @param anyGain whether it is applied whatever it gains
     * @throws InterruptedException if the thread is interrupted; moves that have begun go on
     */
    public RebalanceReport rebalance(String reason, boolean anyGain) throws InterruptedException {
        planning.lockInterruptibly();
        try {
            var problem = restricted();
            var plan = plan(problem);
            lastPlan = clock.getAsDouble();
            var report = RebalanceReport.planned(calendar.instant(), reason, plan);
            boolean isApplied = anyGain ? !plan.moves().isEmpty() : plan.isWorth(settings);
            if (isApplied) {
                report = apply(problem, plan, report);
            }
            remember(report);
            return report;
        } finally {
            planning.unlock();
        }
    }

    private RebalanceProblem restricted() {
        return moves.restrict(cluster.problem(), settings);
    }

    private RebalancePlan plan(RebalanceProblem problem) {
        return solver.solve(problem, settings.timeLimit());
    }

    private RebalanceReport apply(
            RebalanceProblem problem, RebalancePlan plan, RebalanceReport report)
            throws InterruptedException {
        log.info(
                "Rebalancing, as {}, by moves: {}; predicted is {} s instead of {} s",
                report.trigger(),
                plan.moves().size(),
                "%.3f".formatted(plan.after()),
                "%.3f".formatted(plan.before()));
        moves.planned(problem, plan);
        var gain = new PlanGain(plan.gain());
        int moved = move(plan, gain);
        lastPlan = clock.getAsDouble();
        var measured = MeasuredGain.of(plan, cluster.problem());
        gain.measured(measured.seconds());
        return new RebalanceReport(
                report.at(),
                report.trigger(),
                plan,
                true,
                moved,
                plan.moves().size() - moved,
                measured.load(),
                measured.seconds());
    }

    /** Begins the moves in order, some at a time, and returns how many requests have moved. */
    private int move(RebalancePlan plan, PlanGain gain) throws InterruptedException {
        var running = new ArrayDeque<CompletableFuture<MigrationResult>>();
        int moved = 0;
        for (var move : plan.moves()) {
            if (running.size() == WINDOW) {
                moved += isMoved(running.removeFirst()) ? 1 : 0;
            }
            running.addLast(cluster.move(move, gain));
        }
        for (var move : running) {
            moved += isMoved(move) ? 1 : 0;
        }
        return moved;
    }

    private static boolean isMoved(CompletableFuture<MigrationResult> move)
            throws InterruptedException {
        try {
            return move.get((long) (1e9 * PATIENCE), TimeUnit.NANOSECONDS)
                    instanceof MigrationResult.Moved;
        } catch (ExecutionException | TimeoutException _) {
            return false;
        }
    }

    private void remember(RebalanceReport report) {
        synchronized (reports) {
            reports.addLast(report);
            if (reports.size() > HISTORY) {
                reports.removeFirst();
            }
        }
    }

    @Override
    public List<RebalanceReport> reports() {
        synchronized (reports) {
            return List.copyOf(reports);
        }
    }

    /** Makes no more plans; moves that have begun go on. */
    @Override
    public void close() {
        thread.interrupt();
    }
}
