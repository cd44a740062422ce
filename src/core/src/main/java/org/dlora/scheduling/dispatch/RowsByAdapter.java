package org.dlora.scheduling.dispatch;

import java.util.ArrayList;
import java.util.List;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.StepShape.Group;

/**
 * The rows of a step by adapter, and the LoRA groups that follow from them in each mode.
 *
 * @param baseRows rows of the base model
 * @param isExact whether one of the rows must not run through merged weights
 */
record RowsByAdapter(int baseRows, List<BatchShare> shares, boolean isExact) {
    static final RowsByAdapter NONE = new RowsByAdapter(0, List.of(), false);

    /** Returns the rows of a decode step of a replica's next full batch. */
    static RowsByAdapter of(ReplicaOutlook outlook) {
        int base = Math.min(outlook.unfinished(), outlook.limits().maxBatch());
        for (var share : outlook.batch()) {
            base -= share.rows();
        }
        return new RowsByAdapter(Math.max(0, base), outlook.batch(), false);
    }

    /** Returns these rows and {@code rows} more of a request. */
    RowsByAdapter plus(DispatchRequest request, int rows) {
        boolean exact = isExact || request.isExact();
        if (!(request.adapter() instanceof AdapterRef.Adapter(var id))) {
            return new RowsByAdapter(baseRows + rows, shares, exact);
        }
        var joined = new ArrayList<BatchShare>(shares.size() + 1);
        int all = rows;
        for (var share : shares) {
            if (share.adapter().equals(id)) {
                all += share.rows();
            } else {
                joined.add(share);
            }
        }
        joined.add(new BatchShare(id, request.lora(), all));
        return new RowsByAdapter(baseRows, joined, exact);
    }

    /** Returns whether a step of these rows may run while an adapter is merged. */
    boolean canRunIn(MergedAdapter merged) {
        return merged.isMixable() || corrected(merged) == 0;
    }

    private int corrected(MergedAdapter merged) {
        int rows = baseRows;
        for (var share : shares) {
            rows += share.adapter().equals(merged.id()) ? 0 : share.rows();
        }
        return rows;
    }

    /** Returns the groups in unmerged weights: one of each adapter. */
    List<Group> unmerged() {
        var groups = new Group[shares.size()];
        for (int i = 0; i < groups.length; i++) {
            groups[i] = shares.get(i).group();
        }
        return List.of(groups);
    }

    /** Returns the groups beside a merged adapter, the correction of others' rows among them. */
    List<Group> mixed(MergedAdapter merged) {
        var groups = new ArrayList<Group>(shares.size() + 1);
        for (var share : shares) {
            if (!share.adapter().equals(merged.id())) {
                groups.add(share.group());
            }
        }
        int corrected = corrected(merged);
        if (corrected > 0) {
            groups.add(new Group(merged.lora(), corrected));
        }
        return groups;
    }
}
