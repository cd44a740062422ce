package org.dlora.model;

import java.util.List;
import org.dlora.device.LoraTerm.LowRank;

/** The terms of an adapter that can be merged into the weights, by linear layer. */
@FunctionalInterface
public interface MergedTerms {
    /**
     * Terms at {@code site} of layer {@code layer}, none where the weights stay as they are.
     *
     * @param layer {@link LinearSite#NO_LAYER} where the site is in none
     */
    List<LowRank> at(int layer, LinearSite site);
}
