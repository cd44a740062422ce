package org.dlora.model.weights;

import java.util.List;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.model.LayerSite;

/** The terms of an adapter that can be merged into the weights, by linear layer. */
@FunctionalInterface
public interface MergedTerms {
    /** Returns the terms at linear layer {@code at}; none where the weights stay as they are. */
    List<LowRank> at(LayerSite at);
}
