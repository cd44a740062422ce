package org.dlora.engine.merging;

import static java.util.stream.Collectors.toMap;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dlora.adapter.weights.MergeTerms;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.model.LayerSite;

/** The merge of an adapter that has one low-rank term at some linear layers. */
public final class LowRankMerge {
    private LowRankMerge() {}

    public static MergeTerms of(Map<LayerSite, LowRank> terms) {
        return new MergeTerms(
                terms.entrySet().stream()
                        .collect(toMap(Map.Entry::getKey, one -> layer(one.getValue()))),
                Optional.empty(),
                Optional.empty());
    }

    private static MergeTerms.Layer layer(LowRank term) {
        return new MergeTerms.Layer(List.of(term), List.of(), List.of());
    }
}
