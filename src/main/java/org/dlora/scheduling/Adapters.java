package org.dlora.scheduling;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The adapters of a snapshot by key: their id, or the empty string for the base model. One that a
 * snapshot does not describe costs nothing and is never merged.
 */
final class Adapters {
    private final Map<String, AdapterView> byKey;
    private final List<String> keys;

    private Adapters(Map<String, AdapterView> byKey) {
        this.byKey = byKey;
        keys = List.copyOf(byKey.keySet());
    }

    static Adapters of(Snapshot snapshot) {
        var byKey = new LinkedHashMap<String, AdapterView>();
        snapshot.adapters().forEach(a -> byKey.put(key(a.id()), a));
        var missing = new LinkedHashMap<String, List<SequenceView>>();
        for (var sequence : snapshot.sequences()) {
            if (!byKey.containsKey(key(sequence.adapter()))) {
                missing.computeIfAbsent(key(sequence.adapter()), k -> new ArrayList<>())
                        .add(sequence);
            }
        }
        missing.forEach((key, sequences) -> byKey.put(key, unknown(sequences)));
        return new Adapters(byKey);
    }

    static String key(@Nullable String adapter) {
        return adapter == null ? "" : adapter;
    }

    private static AdapterView unknown(List<SequenceView> sequences) {
        int running = (int) sequences.stream().filter(v -> v.blocks() > 0).count();
        long waiting =
                sequences.stream()
                        .filter(v -> v.blocks() == 0)
                        .mapToLong(SequenceView::tokens)
                        .sum();
        return new AdapterView(
                sequences.getFirst().adapter(),
                LoraFacts.NONE,
                MergeRules.never("not known"),
                1,
                new Backlog(sequences.size(), running, waiting),
                OutputLengths.NONE);
    }

    /** Keys in the order in which the adapters came. */
    List<String> keys() {
        return keys;
    }

    boolean has(String key) {
        return byKey.containsKey(key);
    }

    AdapterView get(String key) {
        var view = byKey.get(key);
        if (view == null) {
            throw new IllegalArgumentException("Adapter " + key + " is not in the snapshot");
        }
        return view;
    }
}
