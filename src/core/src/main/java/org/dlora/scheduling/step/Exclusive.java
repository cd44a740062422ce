package org.dlora.scheduling.step;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.SequenceView;
import org.dlora.scheduling.SnapshotIndex;
import org.dlora.scheduling.StepPlan;

/**
 * Planner of steps for the policies {@code merged} and {@code dlora-paper}. In these steps no row
 * of one adapter runs through the merged weights of another. A running sequence that is not
 * selected is paused with its KV.
 */
public final class Exclusive {
    private Exclusive() {}

    /** Returns the adapters that cannot be merged now, each with the reason. */
    public static Map<AdapterRef, String> unmergeable(SnapshotIndex index) {
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

    /** Returns the reason why the selected adapter is not merged, empty if it can be. */
    public static String explained(AdapterRef adapter, Map<AdapterRef, String> unmergeable) {
        var reason = unmergeable.get(adapter);
        return reason == null || adapter.isBase()
                ? ""
                : "; %s cannot be merged: %s".formatted(adapter.quoted(), reason);
    }

    /**
     * Plans {@code selected} in the order of priority. They run unmerged until the merged weights
     * of {@code target} are built.
     */
    public static StepPlan plan(SnapshotIndex index, List<SequenceView> selected, Mode target) {
        var mode = index.snapshot().merge().isReady(target) ? target : Mode.unmerged();
        var draft = new StepDraft(index, selected, mode);
        InOrder.share(draft);
        return draft.toPlan(mode, target);
    }
}
