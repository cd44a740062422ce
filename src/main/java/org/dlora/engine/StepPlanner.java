package org.dlora.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.StepPlan;
import org.dlora.scheduling.StepShape;

/** Asks the policy for a step and applies its plan: takes blocks back, hands blocks out. */
final class StepPlanner {
    private final StepLimits limits;
    private final Sequences sequences;
    private final AdapterAccounts accounts;
    private final WeightSwitch weights;
    private final LearnedCosts costs;
    private final EngineObserver observer;
    private SchedulingSettings settings;
    private RunningPolicy<?> policy;

    StepPlanner(
            SchedulingSettings settings,
            StepLimits limits,
            Sequences sequences,
            AdapterAccounts accounts,
            WeightSwitch weights,
            LearnedCosts costs,
            EngineObserver observer) {
        this.settings = settings;
        this.limits = limits;
        this.sequences = sequences;
        this.accounts = accounts;
        this.weights = weights;
        this.costs = costs;
        this.observer = observer;
        policy = RunningPolicy.start(settings.policy());
    }

    /** From the next step on; another policy starts anew. */
    void change(SchedulingSettings other) {
        if (!other.policy().equals(settings.policy())) {
            policy = RunningPolicy.start(other.policy());
        }
        settings = other;
    }

    /**
     * The next step, its blocks taken.
     *
     * @throws IllegalStateException if the policy plans what cannot be done
     */
    PlannedStep plan(double now) {
        begin(sequences.oldest());
        var snapshot = snapshot(now);
        var decision = policy.decide(snapshot);
        var plan = decision.plan();
        check(plan, snapshot.merge());
        var shape = StepShape.of(snapshot, plan);
        double predicted = costs.fitted() == null ? Double.NaN : snapshot.costs().step(shape);
        // Before any block is given back or taken: the plan counts on these prefixes.
        for (var run : plan.run()) {
            begin(sequences.planned(run.sequence()));
        }
        for (long id : plan.preempt()) {
            sequences.preempt(sequences.planned(id));
            observer.preempted();
        }
        return new PlannedStep(
                makeRoom(plan),
                shape,
                plan.mode(),
                target(plan, snapshot),
                decision.explanation(),
                predicted);
    }

    /**
     * What is to be built: what the plan says; or, as long as a policy that may merge goes by an
     * estimate of what that takes, the most laborious adapter at work, to find out; and what was
     * begun is built to its end.
     */
    private Mode target(StepPlan plan, Snapshot snapshot) {
        if (plan.target() instanceof Mode.Merged
                || !policy.policy().mayMerge()
                || !costs.isMergeEstimated()) {
            return plan.target();
        }
        var building = snapshot.merge().building();
        if (building != null) {
            return Mode.merged(building.adapter());
        }
        return snapshot.adapters().stream()
                .filter(view -> view.rules().mergeable() && view.lora().mergeFlops() > 0)
                .max(Comparator.comparingLong(view -> view.lora().mergeFlops()))
                .map(view -> Mode.merged(view.id()))
                .orElse(plan.target());
    }

    private void check(StepPlan plan, MergeView merge) {
        if (!merge.isReady(plan.mode())) {
            throw new IllegalStateException(
                    "The plan runs %s, which is not ready".formatted(plan.mode()));
        }
        if (plan.target() instanceof Mode.Merged(var adapter)) {
            accounts.of(adapter); // It is there.
        }
        if (plan.mode() instanceof Mode.Merged(var adapter)) {
            boolean mixable = accounts.of(adapter).terms().rules().mixable();
            for (var run : plan.run()) {
                var sequence = sequences.planned(run.sequence());
                if (sequence.request().exact()
                        || !(mixable || plan.mode().isMerged(sequence.adapter()))) {
                    throw new IllegalStateException(
                            "Sequence %d cannot run in %s".formatted(run.sequence(), plan.mode()));
                }
            }
        }
    }

    private Snapshot snapshot(double now) {
        return new Snapshot(
                now,
                sequences.views(limits, policy.policy().goesByArrivalAlone()),
                sequences.freeBlocks(),
                limits,
                weights.view(settings.merge().share()),
                accounts.views(now, policy.policy().mayMerge(), settings.weights()),
                accounts.loaded(),
                accounts.outputs(),
                settings.slo(),
                costs.model());
    }

    private List<StepBuilder.Run> makeRoom(StepPlan plan) {
        var runs = new ArrayList<StepBuilder.Run>();
        var once = new HashSet<Long>();
        int spareLogitRows = StepLimits.PROMPT_LOGIT_ROWS;
        for (var run : plan.run()) {
            var sequence = sequences.planned(run.sequence());
            if (run.rows() < 1 || run.rows() > sequence.pending() || !once.add(run.sequence())) {
                throw new IllegalStateException(
                        "The plan runs %d rows of sequence %d, which has %d pending, or runs it twice"
                                .formatted(run.rows(), run.sequence(), sequence.pending()));
            }
            spareLogitRows -= Math.max(0, run.rows() - sequence.plainRows());
            sequences.makeRoom(sequence, run.rows());
            runs.add(new StepBuilder.Run(sequence, run.rows()));
        }
        if (spareLogitRows < 0) {
            throw new IllegalStateException(
                    "The plan needs logits of %d rows for log-probabilities of prompts, a step has %d"
                            .formatted(
                                    StepLimits.PROMPT_LOGIT_ROWS - spareLogitRows,
                                    StepLimits.PROMPT_LOGIT_ROWS));
        }
        if (runs.isEmpty()) {
            throw new IllegalStateException(
                    "The plan runs nothing though sequences are unfinished");
        }
        return runs;
    }

    private void begin(Sequence sequence) {
        if (sequence.isRunning()) {
            return;
        }
        boolean isFirst = !sequence.hasBegun();
        sequences.begin(sequence);
        if (isFirst && sequence.usesCache()) {
            observer.began(sequence.tokens().size(), sequence.computed());
        }
    }
}
