package org.dlora.engine;

import java.util.List;
import org.dlora.device.LoraTerm;
import org.dlora.model.LinearSite;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.MergeRules;

/** An adapter's terms at each linear layer, on the replica's device, and what they cost. */
@FunctionalInterface
interface AdapterTerms {
    /** Of the base: none. */
    AdapterTerms BASE = (layer, site) -> List.of();

    List<LoraTerm> at(int layer, LinearSite site);

    default LoraFacts lora() {
        return LoraFacts.NONE;
    }

    default MergeRules rules() {
        return MergeRules.never("this replica does not merge");
    }
}
