package org.dlora.model;

import java.util.List;
import org.dlora.device.LoraGroup;

/** The adapters present in a step: which row groups have terms at which linear layer. */
@FunctionalInterface
public interface LoraGroups {
    /** Nobody uses an adapter. */
    LoraGroups NONE = (layer, site) -> List.of();

    /**
     * Groups with terms at {@code site} of layer {@code layer}, in row order.
     *
     * @param layer {@link LinearSite#NO_LAYER} where the site is in none
     */
    List<LoraGroup> at(int layer, LinearSite site);
}
