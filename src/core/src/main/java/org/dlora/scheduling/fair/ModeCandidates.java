package org.dlora.scheduling.fair;

import static java.util.Comparator.comparingDouble;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.Batch;
import org.dlora.scheduling.Flow;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.SequenceView;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.SnapshotIndex;
import org.dlora.scheduling.step.InOrder;
import org.dlora.scheduling.step.StepDraft;
import org.jspecify.annotations.Nullable;

/**
 * The candidates for the next step, from which {@link DloraPolicy} chooses. They are unmerged, and
 * for a few adapters mixed and alone. Each candidate has its step and its predicted rate, or the
 * reason why it is refused.
 */
public final class ModeCandidates {
    /** Adapters compared besides those that are merged, ready or being built. */
    private static final int MOST = 2;

    private static final String EXACT = "a request of the step wants exact weights";

    private final Snapshot snapshot;
    private final SnapshotIndex index;
    private final FairShares shares;
    private final Forecast forecast;

    public ModeCandidates(SnapshotIndex index, FairShares shares, DloraSettings settings) {
        this.index = index;
        snapshot = index.snapshot();
        this.shares = shares;
        forecast = new Forecast(index, settings);
    }

    /** A step of one mode in which every sequence may be selected. */
    private record Everybody(StepDraft draft, Batch batch) {}

    public List<Candidate> all() {
        var order = new FairOrder(index, shares, null);
        var unmerged = everybody(order, Mode.unmerged());
        var candidates = new ArrayList<Candidate>();
        candidates.add(together(Mode.unmerged(), unmerged));
        for (var adapter : worthMerging()) {
            var mode = Mode.merged(adapter);
            // Without a time limit the rows of a step do not depend on its mode.
            boolean isLimited = !snapshot.slo().equals(SloLimits.NONE);
            var merged = isLimited ? everybody(order, mode) : unmerged;
            var mixed = refusedMixed(adapter, merged.batch());
            candidates.add(
                    mixed == null
                            ? together(mode, merged)
                            : refused(mode, false, merged.draft(), mixed));
            var alone = refusedAlone(adapter);
            candidates.add(
                    alone == null
                            ? alone(adapter, unmerged.batch())
                            : refused(mode, true, unmerged.draft(), alone));
        }
        for (var adapter : worthMergingIfTheyCould()) {
            var reason = index.get(adapter).rules().unmergeable();
            candidates.add(refused(Mode.merged(adapter), false, unmerged.draft(), reason));
        }
        return candidates;
    }

    private Everybody everybody(FairOrder order, Mode mode) {
        var draft = draft(order, mode);
        return new Everybody(draft, Batch.of(draft.batch()));
    }

    private Candidate together(Mode mode, Everybody all) {
        return new Candidate(mode, false, all.draft(), forecast.of(mode, all.batch()), null);
    }

    private Candidate alone(AdapterRef adapter, Batch everybody) {
        var mode = Mode.merged(adapter);
        var draft = draft(new FairOrder(index, shares, adapter), mode);
        if (draft.preempts()) {
            return refused(mode, true, draft, "those that pause would lose their KV");
        }
        var batch = draft.batch();
        if (batch.isEmpty()) {
            return refused(mode, true, draft, "none of its requests finds blocks");
        }
        if (wantsExact(batch)) {
            return refused(mode, true, draft, EXACT);
        }
        var paused = everybody.sequences().stream().filter(v -> !runsAlone(adapter, v)).toList();
        double room = room(adapter, batch);
        var rate = forecast.alone(mode, Batch.of(batch), Batch.of(paused), room);
        return new Candidate(mode, true, draft, rate, null);
    }

    /** Returns the service that a batch gets until the first of its flows is ahead of others. */
    private double room(AdapterRef adapter, List<SequenceView> batch) {
        if (!index.flows().hasTeams()) {
            return shares.room(Flow.of(adapter));
        }
        var counts = new LinkedHashMap<Flow, Integer>();
        batch.forEach(v -> counts.merge(v.flow(), 1, Integer::sum));
        double room = Double.POSITIVE_INFINITY;
        for (var flow : counts.entrySet()) {
            double others = (double) batch.size() / flow.getValue();
            room = Math.min(room, shares.room(flow.getKey()) * others);
        }
        return room;
    }

    private static Candidate refused(
            Mode mode, boolean alone, StepDraft draft, @Nullable String reason) {
        return new Candidate(mode, alone, draft, Forecast.NONE, reason);
    }

    private StepDraft draft(FairOrder order, Mode mode) {
        var draft = new StepDraft(index, order.order(), order.overdue(), mode);
        order.reclaimed().forEach(draft::preempt);
        InOrder.share(draft, order.ends());
        return draft;
    }

    /** Returns the adapters with the most LoRA work, and those whose merge is done or begun. */
    private Set<AdapterRef> worthMerging() {
        var worth = new LinkedHashSet<AdapterRef>();
        index.working().stream()
                .filter(this::isMergeable)
                .sorted(comparingDouble(this::loraWork).reversed())
                .limit(MOST)
                .forEach(worth::add);
        snapshot.merge().ready().stream()
                .sorted()
                .map(AdapterRef::of)
                .filter(this::isMergeable)
                .forEach(worth::add);
        var building = snapshot.merge().building();
        if (building != null && isMergeable(AdapterRef.of(building.adapter()))) {
            worth.add(AdapterRef.of(building.adapter()));
        }
        return worth;
    }

    /** Returns the adapters that only their rules keep from being compared, for the explanation. */
    private List<AdapterRef> worthMergingIfTheyCould() {
        return index.working().stream()
                .filter(k -> loraWork(k) > 0)
                .sorted(comparingDouble(this::loraWork).reversed())
                .limit(MOST)
                .filter(k -> !isMergeable(k))
                .toList();
    }

    private boolean isMergeable(AdapterRef adapter) {
        return index.isWorking(adapter) && index.get(adapter).rules().mergeable();
    }

    private double loraWork(AdapterRef adapter) {
        var view = index.get(adapter);
        return (double) view.lora().elements() * view.backlog().unfinished();
    }

    private @Nullable String refusedMixed(AdapterRef adapter, Batch batch) {
        if (wantsExact(batch.sequences())) {
            return EXACT;
        }
        boolean onlyIts = batch.count(adapter) == batch.size();
        return onlyIts ? null : index.get(adapter).rules().exclusive();
    }

    private static boolean wantsExact(List<SequenceView> batch) {
        return batch.stream().anyMatch(v -> v.request().exact());
    }

    private @Nullable String refusedAlone(AdapterRef adapter) {
        if (index.flows().working().stream()
                .noneMatch(flow -> adapter.equals(flow.adapter()) && shares.isEntitled(flow))) {
            return "it is ahead of others in service";
        }
        if (shares.overdue().stream().anyMatch(flow -> !adapter.equals(flow.adapter()))) {
            return "others are overdue";
        }
        if (snapshot.slo().tpot() < Double.POSITIVE_INFINITY && othersStream(adapter)) {
            return "others' streams would stand still";
        }
        return null;
    }

    private boolean othersStream(AdapterRef adapter) {
        return index.holders().stream()
                .anyMatch(v -> shares.isRunning(v) && !runsAlone(adapter, v));
    }

    /** Returns whether a sequence runs while an entitled adapter runs alone. */
    private boolean runsAlone(AdapterRef adapter, SequenceView sequence) {
        return adapter.equals(sequence.adapter())
                && (!index.flows().hasTeams() || shares.isEntitled(sequence.flow()));
    }
}
