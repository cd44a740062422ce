package org.dlora.engine;

import java.util.List;
import org.dlora.device.LoraTerm;
import org.dlora.model.LinearSite;

/** An adapter's terms at each linear layer, on the replica's device. */
@FunctionalInterface
interface AdapterTerms {
    /** Of the base: none. */
    AdapterTerms BASE = (layer, site) -> List.of();

    List<LoraTerm> at(int layer, LinearSite site);
}
