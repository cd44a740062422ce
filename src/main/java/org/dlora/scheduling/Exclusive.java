package org.dlora.scheduling;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Batches of the policies that run one adapter at a time, or all, but never rows of one adapter
 * through the merged weights of another. Whoever is not selected pauses with its KV.
 */
final class Exclusive {
    private Exclusive() {}

    /** Adapters that cannot be merged now, and why: their rules or one of their requests. */
    static Map<AdapterRef, String> unmergeable(SnapshotIndex index) {
        var reasons = new HashMap<AdapterRef, String>();
        for (var sequence : index.snapshot().sequences()) {
            if (sequence.request().exact()) {
                reasons.put(sequence.adapter(), "a request wants exact weights");
            }
        }
        for (var key : index.working()) {
            var reason = index.get(key).rules().unmergeable();
            if (reason != null) {
                reasons.put(key, reason);
            }
        }
        return reasons;
    }

    /** What to say of an adapter that would be merged if it could be; nothing if it can. */
    static String explained(AdapterRef adapter, Map<AdapterRef, String> unmergeable) {
        var reason = unmergeable.get(adapter);
        return reason == null || adapter.isBase()
                ? ""
                : "; %s cannot be merged: %s".formatted(adapter.quoted(), reason);
    }

    /**
     * Runs {@code selected}, in the order of priority. Until the merged weights that are asked for
     * are built they run unmerged.
     */
    static StepPlan plan(SnapshotIndex index, List<SequenceView> selected, Mode target) {
        var mode = index.snapshot().merge().isReady(target) ? target : Mode.unmerged();
        var draft = new StepDraft(index, selected, mode);
        InOrder.share(draft);
        return draft.toPlan(mode, target);
    }
}
