package org.dlora.engine.merging;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm;
import org.dlora.engine.weights.AdapterGroups;
import org.dlora.engine.weights.AdapterRowGroup;
import org.dlora.model.LayerSite;
import org.dlora.model.forward.LoraGroups;

/**
 * The LoRA groups of a step while an adapter is merged. Rows of that adapter get the few terms that
 * no matrix can hold. Rows of the base get the terms that undo the merge. Rows of other adapters
 * get these, then their own terms.
 */
final class MixedGroups implements LoraGroups {
    private final AdapterGroups rows;
    private final MergedContent merged;
    private final Map<LayerSite, List<LoraGroup>> known = new HashMap<>();

    /**
     * @throws IllegalStateException if a row is of another adapter or of the base and the merged
     *     one does not mix
     */
    MixedGroups(AdapterGroups rows, MergedContent merged) {
        this.rows = rows;
        this.merged = merged;
        merged.terms()
                .mixingObstacle()
                .filter(_ -> !rows.areAllOf(merged.adapter()))
                .ifPresent(why -> {
                    throw new IllegalStateException(
                            "Rows of others cannot run while %s is merged: %s"
                                    .formatted(merged.adapter(), why));
                });
    }

    boolean isOf(AdapterGroups others, MergedContent content) {
        return rows == others && merged.equals(content);
    }

    @Override
    public List<LoraGroup> at(LayerSite at) {
        return known.computeIfAbsent(at, this::build);
    }

    private List<LoraGroup> build(LayerSite at) {
        return rows.rows().stream()
                .map(group -> group.with(terms(group, at)))
                .filter(group -> !group.terms().isEmpty())
                .toList();
    }

    private List<LoraTerm> terms(AdapterRowGroup group, LayerSite at) {
        var merge = merged.terms();
        return merged.adapter().equals(group.adapter())
                ? merge.own(at)
                : merge.mixed(at, group.terms().at(at));
    }
}
