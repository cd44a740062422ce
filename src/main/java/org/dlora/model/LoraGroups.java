package org.dlora.model;

import java.util.List;
import org.dlora.device.LoraGroup;

/** The adapters present in a step: the row groups that have terms at each linear layer. */
@FunctionalInterface
public interface LoraGroups {
    /** No adapter is present. */
    LoraGroups NONE = (layer, site) -> List.of();

    /**
     * Returns the groups with terms at {@code site} of layer {@code layer}, in row order.
     *
     * @param layer {@link LinearSite#NO_LAYER} where the site is in none
     */
    List<LoraGroup> at(int layer, LinearSite site);
}
