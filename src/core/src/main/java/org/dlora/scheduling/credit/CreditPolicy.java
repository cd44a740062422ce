package org.dlora.scheduling.credit;

import static java.util.Comparator.comparingInt;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.Batch;
import org.dlora.scheduling.Decision;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.Policy;
import org.dlora.scheduling.SequenceView;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.SnapshotIndex;
import org.dlora.scheduling.StepDecision;
import org.dlora.scheduling.StepShape;
import org.dlora.scheduling.step.Exclusive;

/**
 * The policy {@code dlora-paper}: the credit-based batching of dLoRA (OSDI 2024). The constants are
 * those of its artifact; ρ and all times are measured on the replica.
 *
 * <p>The rule decides as if a switch took effect at once, and counts the mode that it has chosen.
 * The artifact stops serving for a switch of some 20 ms. Here all requests run unmerged until the
 * merged weights are built. Meanwhile no adapter pays for paused requests. The ratio ρ is that of a
 * reference batch, so it does not depend on the first requests. A period is judged by the mean
 * times of its iterations.
 *
 * <p>When adapters are loaded or unloaded, credits keep their distance from the initial credit, as
 * the thresholds do. Otherwise an unload would make all other adapters starve.
 *
 * @see CreditRule
 */
public final class CreditPolicy implements Policy<CreditState> {
    private static final double FIRST_ALPHA = 1;

    /** Positions that a sequence of the reference batch attends to. */
    private static final int REFERENCE_CONTEXT = 256;

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
        double rho = rho(snapshot);
        var iteration = times(index, state);
        var followed = follow(state, snapshot.loaded(), rho);
        var constants =
                CreditConstants.artifact(
                        snapshot.loaded().size(),
                        snapshot.limits().maxBatch(),
                        rho,
                        state.times().count() == 0 ? iteration : state.times().mean());
        var outcome = CreditRule.apply(constants, followed, queue);
        var merged = outcome.next().merged();
        var target = merged == null ? Mode.unmerged() : Mode.merged(merged);
        boolean isReady = snapshot.merge().isReady(target);
        var next = isReady ? outcome.next() : outcome.next().withCreditsOf(followed);
        var plan =
                Exclusive.plan(
                        index, isReady ? selected(snapshot, outcome) : oldest(snapshot), target);
        var why =
                outcome.why()
                        + (isReady ? "" : "; until it is built the oldest requests run unmerged")
                        + Exclusive.explained(mostWanted(index), unmergeable);
        double step = snapshot.costs().step(StepShape.of(index, plan));
        return new Decision<>(
                plan,
                next.plusIteration(iteration),
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

    /**
     * Returns ρ: the time of a merged full batch over that of an unmerged one with the typical
     * adapters.
     */
    private static double rho(Snapshot snapshot) {
        int rows = snapshot.limits().maxBatch();
        var adapters = snapshot.costs().typicalAdapters();
        var groups = new ArrayList<StepShape.Group>();
        for (int i = 0; i < Math.min(adapters.size(), rows); i++) {
            int its = Math.ceilDiv(rows - i, adapters.size());
            groups.add(new StepShape.Group(adapters.get(i), its));
        }
        long context = (long) rows * REFERENCE_CONTEXT;
        var merged = new StepShape(0, rows, context, 0, List.of(), rows, 0);
        var unmerged = new StepShape(0, rows, context, 0, groups, rows, 0);
        return snapshot.costs().step(merged) / snapshot.costs().step(unmerged);
    }

    /** Returns the times of an iteration: a decode of the oldest requests, merged and unmerged. */
    private static IterationTimes times(SnapshotIndex index, CreditState state) {
        var snapshot = index.snapshot();
        var unmerged = Batch.of(oldest(snapshot)).decode(index::lora, Mode.unmerged());
        var merged = unmerged.withoutGroups();
        return new IterationTimes(
                snapshot.costs().step(merged),
                snapshot.costs().step(unmerged),
                snapshot.costs().merge(hottest(index, state)),
                1);
    }

    /** Returns the batch of an unmerged iteration. */
    private static List<SequenceView> oldest(Snapshot snapshot) {
        return snapshot.sequences().stream().limit(snapshot.limits().maxBatch()).toList();
    }

    /** Returns the adapter of a switch: the merged one, else the one with most requests. */
    private static LoraFacts hottest(SnapshotIndex index, CreditState state) {
        var merged = state.merged();
        var key = merged != null && index.isWorking(merged) ? merged : mostWanted(index);
        return index.get(key).lora();
    }

    /** Returns the adapter with most requests. */
    private static AdapterRef mostWanted(SnapshotIndex index) {
        return Collections.max(
                index.working(), comparingInt(k -> index.get(k).backlog().unfinished()));
    }

    /** Gives loaded adapters their first credit and drops unloaded ones. */
    private static CreditState follow(CreditState state, Set<AdapterRef> loaded, double rho) {
        double beta = state.beta() == 0 ? rho : state.beta();
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
                loaded,
                credits,
                merged,
                state.alpha(),
                beta,
                starving,
                state.period(),
                state.times());
    }

    private static List<SequenceView> selected(Snapshot snapshot, CreditRule.Outcome outcome) {
        return outcome.selected().stream().map(r -> snapshot.sequence(r.id())).toList();
    }
}
