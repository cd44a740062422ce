package org.dlora.scheduling;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Batches of the policies that run one adapter at a time, or all, but never rows of one adapter
 * through the merged weights of another. Whoever is not selected pauses with its KV.
 */
final class Exclusive {
    private Exclusive() {}

    /** Adapters that cannot be merged now: their rules forbid it, or one of their requests does. */
    static Set<String> unmergeable(Snapshot snapshot, Adapters adapters) {
        var exact =
                snapshot.sequences().stream()
                        .filter(v -> v.request().exact())
                        .map(v -> Adapters.key(v.adapter()))
                        .collect(Collectors.toSet());
        return adapters.keys().stream()
                .filter(key -> exact.contains(key) || !adapters.get(key).rules().mergeable())
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Runs {@code selected}, in the order of priority. Until the merged weights that are asked for
     * are built they run unmerged.
     */
    static StepPlan plan(Snapshot snapshot, List<SequenceView> selected, Mode target) {
        var draft = new StepDraft(snapshot, selected);
        InOrder.share(draft);
        return draft.toPlan(snapshot.merge().isReady(target) ? target : Mode.unmerged(), target);
    }
}
