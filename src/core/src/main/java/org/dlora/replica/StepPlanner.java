package org.dlora.replica;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.Policy;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.StepPlan;
import org.dlora.scheduling.StepShape;
import org.dlora.scheduling.policy.MeasuringPolicy;

/**
 * Planner of a replica's next step. It shows the policy a {@link Snapshot} and gets a {@link
 * StepPlan}. It carries out that plan: it preempts sequences and allocates blocks. The result is a
 * {@link PlannedStep}, which the engine runs.
 */
final class StepPlanner {
    private final StepLimits limits;
    private final Sequences sequences;
    private final AdapterAccounts accounts;
    private final LearnedCosts costs;
    private SchedulingSettings settings;
    private RunningPolicy<?> policy;

    StepPlanner(
            SchedulingSettings settings,
            StepLimits limits,
            Sequences sequences,
            AdapterAccounts accounts,
            LearnedCosts costs) {
        this.settings = settings;
        this.limits = limits;
        this.sequences = sequences;
        this.accounts = accounts;
        this.costs = costs;
        policy = start(settings);
    }

    SchedulingSettings settings() {
        return settings;
    }

    /** Updates the settings from the next step on. Another policy starts without state. */
    void update(SchedulingSettings other) {
        if (!other.policy().equals(settings.policy())) {
            policy = start(other);
        }
        settings = other;
    }

    private RunningPolicy<?> start(SchedulingSettings chosen) {
        var started = RunningPolicy.start(measuring(chosen.policy().create()));
        sequences.beginExact(!started.policy().mayMerge());
        return started;
    }

    /** Returns the policy wrapped so that it also merges to measure the cost of merging. */
    private static <S> Policy<S> measuring(Policy<S> policy) {
        return new MeasuringPolicy<>(policy);
    }

    /**
     * Plans the next step and allocates its blocks.
     *
     * @param number of the step
     * @param now seconds
     * @throws IllegalStateException if the plan cannot be carried out
     */
    PlannedStep plan(long number, double now, WeightReport weights) {
        takePrefix(sequences.oldest());
        var snapshot = snapshot(now, weights.view(settings.merge().share()));
        var decision = policy.decide(snapshot);
        var plan = decision.plan();
        check(plan, snapshot.merge());
        var shape = StepShape.of(snapshot, plan);
        double predicted = costs.fitted() == null ? Double.NaN : snapshot.costs().step(shape);
        var events = new ArrayList<ReplicaEvent>();
        // Before any block is released or taken, because the plan counts on these prefixes.
        for (var run : plan.run()) {
            takePrefix(sequences.planned(run.sequence()));
        }
        for (long id : plan.preempt()) {
            var sequence = sequences.planned(id);
            sequences.preempt(sequence);
            events.add(new ReplicaEvent.Preempted(sequence.request().id()));
        }
        return new PlannedStep(
                number,
                now,
                allocate(plan, events),
                plan.mode(),
                plan.target(),
                shape,
                predicted,
                decision.explanation(),
                events);
    }

    private Snapshot snapshot(double now, MergeView merge) {
        boolean byTeam = policy.policy().countsTeams();
        return new Snapshot(
                now,
                sequences.views(limits, policy.policy().goesByArrivalAlone(), byTeam),
                sequences.freeBlocks(),
                limits,
                merge,
                accounts.views(now, policy.policy().mayMerge(), settings.weights()),
                accounts.loaded(),
                accounts.outputs(),
                settings.slo(),
                costs.model(),
                byTeam ? accounts.teams(settings.teams()) : List.of());
    }

    /** Asks for the merge rules of adapters with unfinished sequences, if the policy may merge. */
    void askForRules(List<ReplicaEvent> events) {
        accounts.atWork().forEach(account -> askForRules(account, events));
    }

    /** Asks whether one adapter may be merged, where the policy may want to merge it. */
    void askForRules(AdapterAccount account, List<ReplicaEvent> events) {
        if (policy.policy().mayMerge()
                && account.adapter() instanceof AdapterRef.Adapter(var id)
                && account.merging().asks()) {
            events.add(new ReplicaEvent.MergeRulesWanted(id));
        }
    }

    private void check(StepPlan plan, MergeView merge) {
        plan.run().forEach(run -> sequences.planned(run.sequence())); // It is there.
        if (!merge.isReady(plan.mode())) {
            throw new IllegalStateException(
                    "The plan runs %s, which is not ready".formatted(plan.mode()));
        }
        if (plan.target() instanceof Mode.Merged(var adapter)) {
            var account = accounts.of(AdapterRef.of(adapter));
            if (account.isLeaving() && !account.hasWork()) {
                throw new IllegalStateException("Adapter " + adapter + " has been evicted");
            }
        }
        if (plan.mode() instanceof Mode.Merged(var adapter)) {
            boolean mixable = accounts.of(AdapterRef.of(adapter)).merging().rules().mixable();
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

    private List<Chunk> allocate(StepPlan plan, List<ReplicaEvent> events) {
        var chunks = new ArrayList<Chunk>();
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
            begin(sequence, events);
            sequences.makeRoom(sequence, run.rows());
            chunks.add(Chunk.of(sequence, run.rows()));
        }
        if (spareLogitRows < 0) {
            throw new IllegalStateException(
                    "The plan needs logits of %d rows for log-probabilities of prompts, a step has %d"
                            .formatted(
                                    StepLimits.PROMPT_LOGIT_ROWS - spareLogitRows,
                                    StepLimits.PROMPT_LOGIT_ROWS));
        }
        if (chunks.isEmpty()) {
            throw new IllegalStateException(
                    "The plan runs nothing though sequences are unfinished");
        }
        return chunks;
    }

    private static void begin(Sequence sequence, List<ReplicaEvent> events) {
        if (!sequence.hasRun()) {
            sequence.run();
            if (sequence.usesCache()) {
                events.add(
                        new ReplicaEvent.Began(
                                sequence.request().id(),
                                sequence.tokens().size(),
                                sequence.computed()));
            }
        }
    }

    private void takePrefix(Sequence sequence) {
        if (!sequence.isRunning()) {
            sequences.takePrefix(sequence);
        }
    }
}
