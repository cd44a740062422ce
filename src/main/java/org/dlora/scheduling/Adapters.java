package org.dlora.scheduling;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The adapters of a snapshot that have work. One that a snapshot does not describe costs nothing
 * and is never merged.
 */
final class Adapters {
    private final Map<AdapterRef, AdapterView> views;
    private final List<AdapterRef> refs;

    private Adapters(Map<AdapterRef, AdapterView> views) {
        this.views = views;
        refs = List.copyOf(views.keySet());
    }

    static Adapters of(Snapshot snapshot) {
        var views = new LinkedHashMap<AdapterRef, AdapterView>();
        snapshot.adapters().forEach(view -> views.put(view.id(), view));
        var missing = new LinkedHashMap<AdapterRef, List<SequenceView>>();
        for (var sequence : snapshot.sequences()) {
            if (!views.containsKey(sequence.adapter())) {
                missing.computeIfAbsent(sequence.adapter(), _ -> new ArrayList<>()).add(sequence);
            }
        }
        missing.forEach((ref, sequences) -> views.put(ref, unknown(ref, sequences)));
        return new Adapters(views);
    }

    private static AdapterView unknown(AdapterRef ref, List<SequenceView> sequences) {
        int running = (int) sequences.stream().filter(v -> v.blocks() > 0).count();
        long waiting =
                sequences.stream()
                        .filter(v -> v.blocks() == 0)
                        .mapToLong(SequenceView::tokens)
                        .sum();
        return new AdapterView(
                ref,
                LoraFacts.NONE,
                MergeRules.never("not known"),
                1,
                new Backlog(sequences.size(), running, waiting),
                OutputLengths.NONE);
    }

    /** Those with work, in the order in which they were loaded. */
    List<AdapterRef> refs() {
        return refs;
    }

    boolean has(AdapterRef adapter) {
        return views.containsKey(adapter);
    }

    AdapterView get(AdapterRef adapter) {
        var view = views.get(adapter);
        if (view == null) {
            throw new IllegalArgumentException(adapter + " has no work in the snapshot");
        }
        return view;
    }

    /** Costs of {@code adapter}; none if it has no work. */
    LoraFacts lora(AdapterRef adapter) {
        var view = views.get(adapter);
        return view == null ? LoraFacts.NONE : view.lora();
    }
}
