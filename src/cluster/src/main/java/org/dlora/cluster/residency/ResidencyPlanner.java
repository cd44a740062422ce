package org.dlora.cluster.residency;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.dlora.background.LastingWork;
import org.dlora.scheduling.residency.ResidencyPlan;
import org.dlora.scheduling.residency.ResidencySnapshot;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Planner of an {@link AdapterMemory}: a thread that asks the policy for plans and has them carried
 * out. It plans after each change, and again and again while time alone may change the plan. The
 * memory's lock guards it; {@code lock} is that lock, on which the thread waits.
 */
final class ResidencyPlanner {
    private static final Logger log = LoggerFactory.getLogger(ResidencyPlanner.class);

    /** Seconds between two plans while somebody waits, as time alone may change the plan. */
    private static final double TICK = 0.05;

    private final Object lock;
    private final ResidencyOptions options;
    private final MemoryState state;
    private final KvBudget kv;
    private final CopyBudget copies;
    private final AdapterLoads loads;
    private final ResidencyMeters meters;
    private final PlanExecution execution;
    private final Thread thread;
    private ResidencyPlan lastPlan = ResidencyPlan.NOTHING;

    /** Time of the last plan; NaN before the first. */
    private double plannedAt = Double.NaN;

    private boolean changed;
    private boolean stopped;

    /** Failure of the last plan; null if there was none. */
    private @Nullable String lastFailure;

    ResidencyPlanner(
            Object lock,
            ResidencyOptions options,
            MemoryState state,
            KvBudget kv,
            CopyBudget copies,
            AdapterLoads loads,
            ResidencyMeters meters,
            PlanExecution execution) {
        this.lock = lock;
        this.options = options;
        this.state = state;
        this.kv = kv;
        this.copies = copies;
        this.loads = loads;
        this.meters = meters;
        this.execution = execution;
        thread = LastingWork.thread("adapters", this::run);
    }

    /** Begins to plan. */
    void start() {
        thread.start();
    }

    /** Has another plan made. */
    void change() {
        synchronized (lock) {
            changed = true;
            lock.notifyAll();
        }
    }

    /** Makes no more plans. */
    void stop() {
        synchronized (lock) {
            stopped = true;
            lock.notifyAll();
        }
    }

    /** Returns the last plan that changed something or gave reasons. */
    ResidencyPlan lastPlan() {
        return lastPlan;
    }

    /** Returns the last plan with its age; null before the first. */
    MemoryReport.@Nullable Planned report() {
        return Double.isNaN(plannedAt)
                ? null
                : new MemoryReport.Planned(now() - plannedAt, lastPlan);
    }

    private void run() {
        try {
            while (awaitChange()) {
                PlanExecution.tell(plan());
            }
        } catch (InterruptedException _) {
            log.warn("Adapters are not loaded any more, the thread was interrupted");
        }
    }

    /** Waits until there is something to plan; returns false once it is stopped. */
    private boolean awaitChange() throws InterruptedException {
        synchronized (lock) {
            if (!changed && isPlanWanted()) {
                TimeUnit.NANOSECONDS.timedWait(lock, (long) (TICK * 1e9));
                return !stopped;
            }
            while (!changed && !stopped) {
                lock.wait();
            }
            return !stopped;
        }
    }

    private boolean isPlanWanted() {
        return state.isLoadWanted() || kv.isSmall() || copies.isWanting();
    }

    /** Carries out the next plan; returns what is to be told to others without the lock. */
    private List<Runnable> plan() {
        synchronized (lock) {
            changed = false;
            if (stopped) {
                return List.of(); // No load may begin that nobody waits for.
            }
            List<Runnable> tell = List.of();
            try {
                execution.settleLeaving();
                if (isPlanWanted()) {
                    tell = execution.begin(next());
                }
                execution.beginLoads();
                lastFailure = null;
            } catch (RuntimeException | Error e) {
                if (!e.toString().equals(lastFailure)) {
                    log.error("The adapters' next plan failed; it is tried again and again", e);
                }
                lastFailure = e.toString();
            }
            return tell;
        }
    }

    /** Asks the policy for the next plan. */
    private ResidencyPlan next() {
        var snapshot = snapshot();
        var plan = options.policy().plan(snapshot);
        if (!plan.isEmpty() || !plan.reasons().isEmpty()) {
            lastPlan = plan;
            plannedAt = snapshot.now();
        }
        return plan;
    }

    /** Returns the memory as it is; the caller has the lock. */
    ResidencySnapshot snapshot() {
        return state.snapshot(
                now(),
                loads.available(),
                meters.secondsPerByte(),
                kv.standings(state.requests(), options.halfLife()),
                copies.standings(state.requests(), options.halfLife()),
                options.settings());
    }

    private double now() {
        return options.clock().getAsDouble();
    }
}
