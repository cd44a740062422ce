package org.dlora.scheduling;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An index of a snapshot's sequences and adapters, built once for a decision. An adapter that the
 * snapshot does not describe costs nothing and is never merged.
 */
public final class SnapshotIndex {
    private final Snapshot snapshot;
    private final Map<AdapterRef, List<SequenceView>> sequences = new LinkedHashMap<>();
    private final List<SequenceView> holders = new ArrayList<>();
    private final Map<AdapterRef, AdapterView> views = new HashMap<>();
    private @Nullable FlowIndex flows;
    private final List<AdapterRef> working = new ArrayList<>();

    private SnapshotIndex(Snapshot snapshot) {
        this.snapshot = snapshot;
        for (var sequence : snapshot.sequences()) {
            sequences.computeIfAbsent(sequence.adapter(), _ -> new ArrayList<>()).add(sequence);
            if (sequence.holdsBlocks()) {
                holders.add(sequence);
            }
        }
        snapshot.adapters().forEach(this::add);
        for (var entry : sequences.entrySet()) {
            if (!views.containsKey(entry.getKey())) {
                add(unknown(entry.getKey(), entry.getValue()));
            }
        }
    }

    public static SnapshotIndex of(Snapshot snapshot) {
        return new SnapshotIndex(snapshot);
    }

    private void add(AdapterView view) {
        views.put(view.id(), view);
        working.add(view.id());
    }

    private static AdapterView unknown(AdapterRef adapter, List<SequenceView> its) {
        int running = (int) its.stream().filter(SequenceView::holdsBlocks).count();
        long waiting =
                its.stream().filter(v -> !v.holdsBlocks()).mapToLong(SequenceView::tokens).sum();
        return new AdapterView(
                adapter,
                LoraFacts.NONE,
                MergeRules.never("not known"),
                1,
                new Backlog(its.size(), running, waiting),
                OutputLengths.NONE);
    }

    public Snapshot snapshot() {
        return snapshot;
    }

    /** Returns the adapters that have work, in the order in which they were loaded. */
    public List<AdapterRef> working() {
        return working;
    }

    /** Returns the flows, which are indexed at the first call. */
    public FlowIndex flows() {
        var known = flows;
        if (known == null) {
            known = new FlowIndex(snapshot, sequences, working.stream().map(this::get).toList());
            flows = known;
        }
        return known;
    }

    /** Returns the sequences of {@code adapter}, oldest first. */
    public List<SequenceView> sequences(AdapterRef adapter) {
        return sequences.getOrDefault(adapter, List.of());
    }

    /** Returns the sequences that hold blocks, oldest first. */
    public List<SequenceView> holders() {
        return holders;
    }

    /**
     * Returns the sequences that a step can select by age: all holders of blocks, and as many
     * others as it has places.
     */
    public List<SequenceView> selectable() {
        int places = snapshot.limits().maxBatch();
        int waiting = 0;
        var selectable = new ArrayList<SequenceView>();
        for (var sequence : snapshot.sequences()) {
            if (sequence.holdsBlocks() || ++waiting <= places) {
                selectable.add(sequence);
            }
        }
        return selectable;
    }

    public boolean isWorking(AdapterRef adapter) {
        return views.containsKey(adapter);
    }

    public AdapterView get(AdapterRef adapter) {
        var view = views.get(adapter);
        if (view == null) {
            throw new IllegalArgumentException(adapter + " has no work in the snapshot");
        }
        return view;
    }

    /** Returns the sizes of {@code adapter}; none if it has no work. */
    public LoraFacts lora(AdapterRef adapter) {
        var view = views.get(adapter);
        return view == null ? LoraFacts.NONE : view.lora();
    }
}
