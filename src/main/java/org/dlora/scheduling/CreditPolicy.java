package org.dlora.scheduling;

import static java.util.Comparator.comparingInt;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * {@code dlora-paper}: the credit-based batching of dLoRA (OSDI 2024) with the constants of its
 * artifact, but ρ and the switch time as the replica has measured them.
 *
 * <p>The rule decides as if a switch took effect at once. The adapter it merges runs unmerged until
 * its weights are built; what it counts and learns from is the mode that it has chosen. When
 * adapters come and go, credits keep their distance from what an adapter starts with, as the
 * thresholds do: otherwise an unload would make all others starve.
 *
 * @see CreditRule
 */
public final class CreditPolicy implements Policy<CreditState> {
    private static final double FIRST_ALPHA = 1;

    @Override
    public String name() {
        return "dlora-paper";
    }

    @Override
    public CreditState start() {
        return CreditState.start(Map.of(), FIRST_ALPHA, 0);
    }

    @Override
    public Decision<CreditState> decide(Snapshot snapshot, CreditState state) {
        if (snapshot.sequences().isEmpty()) {
            return Decision.idle(name(), snapshot, state);
        }
        var index = SnapshotIndex.of(snapshot);
        var unmergeable = Exclusive.unmergeable(index);
        var queue = queue(index, unmergeable.keySet());
        var constants = constants(index, state);
        var followed = follow(state, snapshot.loaded(), constants);
        var outcome = CreditRule.apply(constants, followed, queue);
        var next = outcome.next();
        var target = next.merged() == null ? Mode.unmerged() : Mode.merged(next.merged());
        var plan = Exclusive.plan(index, selected(snapshot, outcome), target);
        var why = outcome.why() + Exclusive.explained(mostWanted(index), unmergeable);
        double step = snapshot.costs().step(StepShape.of(index, plan));
        return new Decision<>(
                plan,
                next,
                StepDecision.byRule(name(), target.toString(), why, plan, step, next.credits()));
    }

    private static CreditRule.Queue queue(SnapshotIndex index, Set<AdapterRef> unmergeable) {
        var unfinished = new HashMap<AdapterRef, Integer>();
        index.working().forEach(k -> unfinished.put(k, index.get(k).backlog().unfinished()));
        return new CreditRule.Queue(
                index.snapshot().sequences().stream()
                        .map(v -> new CreditRule.Request(v.id(), v.adapter()))
                        .toList(),
                index.working(),
                unfinished,
                unmergeable);
    }

    /** Times of an iteration: a decode of the oldest requests, with their adapters and without. */
    private static CreditConstants constants(SnapshotIndex index, CreditState state) {
        var snapshot = index.snapshot();
        var unmerged = new StepShape.Builder(index::lora, Mode.unmerged());
        snapshot.sequences().stream()
                .limit(snapshot.limits().maxBatch())
                .forEach(v -> unmerged.add(v, 1));
        var shape = unmerged.build();
        var merged =
                new StepShape(
                        shape.prefillRows(),
                        shape.decodeRows(),
                        shape.context(),
                        shape.prefillContext(),
                        List.of());
        double change = snapshot.costs().merge(hottest(index, state));
        return CreditConstants.artifact(
                snapshot.loaded().size(),
                snapshot.limits().maxBatch(),
                snapshot.costs().step(merged),
                snapshot.costs().step(shape),
                change);
    }

    /** The adapter that a switch is about: the merged one, else the one with most requests. */
    private static LoraFacts hottest(SnapshotIndex index, CreditState state) {
        var merged = state.merged();
        var key = merged != null && index.isWorking(merged) ? merged : mostWanted(index);
        return index.get(key).lora();
    }

    /** The adapter with most requests. */
    private static AdapterRef mostWanted(SnapshotIndex index) {
        return Collections.max(
                index.working(), comparingInt(k -> index.get(k).backlog().unfinished()));
    }

    /** Newcomers get their first credit, those that left are forgotten. */
    private static CreditState follow(
            CreditState state, Set<AdapterRef> loaded, CreditConstants constants) {
        double beta = state.beta() == 0 ? constants.rho() : state.beta();
        if (state.loaded().equals(loaded)) {
            return state.withBars(state.alpha(), beta);
        }
        int count = loaded.size();
        double shift =
                CreditConstants.firstCredit(count)
                        - CreditConstants.firstCredit(state.credits().size());
        var credits = new HashMap<AdapterRef, Double>();
        for (var key : loaded) {
            var credit = state.credits().get(key);
            credits.put(key, credit == null ? CreditConstants.firstCredit(count) : credit + shift);
        }
        var starving = new ArrayList<>(state.starving());
        starving.retainAll(credits.keySet());
        var merged = credits.containsKey(state.merged()) ? state.merged() : null;
        return new CreditState(
                loaded, credits, merged, state.alpha(), beta, starving, state.period());
    }

    private static List<SequenceView> selected(Snapshot snapshot, CreditRule.Outcome outcome) {
        return outcome.selected().stream().map(r -> snapshot.sequence(r.id())).toList();
    }
}
