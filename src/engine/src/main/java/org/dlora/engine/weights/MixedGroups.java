package org.dlora.engine.weights;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm;
import org.dlora.model.LayerSite;
import org.dlora.model.forward.LoraGroups;

/**
 * The LoRA groups of a step while an adapter is merged. Rows of that adapter get the few terms that
 * no matrix can hold. Rows of the base get the terms that undo the merge. Rows of other adapters
 * get these, then their own terms.
 */
final class MixedGroups implements LoraGroups {
    private final List<AdapterRowGroup> groups;
    private final MergeInEffect merged;
    private final Map<LayerSite, List<LoraGroup>> known = new HashMap<>();

    MixedGroups(List<AdapterRowGroup> groups, MergeInEffect merged) {
        this.groups = List.copyOf(groups);
        this.merged = merged;
    }

    boolean isWith(MergeInEffect other) {
        return merged.equals(other);
    }

    @Override
    public List<LoraGroup> at(LayerSite at) {
        return known.computeIfAbsent(at, this::build);
    }

    private List<LoraGroup> build(LayerSite at) {
        return groups.stream()
                .map(rows -> new LoraGroup(rows.firstRow(), rows.rows(), terms(rows, at)))
                .filter(group -> !group.terms().isEmpty())
                .toList();
    }

    private List<LoraTerm> terms(AdapterRowGroup rows, LayerSite at) {
        var merge = merged.terms();
        return merged.adapter().equals(rows.adapter())
                ? merge.own(at)
                : merge.mixed(at, rows.terms().at(at));
    }
}
