package org.dlora.engine;

import java.util.List;
import java.util.Optional;
import org.dlora.adapter.MergeTerms;
import org.dlora.device.LoraTerm;
import org.dlora.model.LayerSite;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.MergeRules;

/** An adapter's terms at each linear layer, on the replica's device, and what they cost. */
@FunctionalInterface
interface AdapterTerms {
    /** Of the base: none. */
    AdapterTerms BASE = _ -> List.of();

    /** Returns the terms at linear layer {@code at}; none where the adapter does not act. */
    List<LoraTerm> at(LayerSite at);

    /** What clients call the adapter; empty for the base model. */
    default String name() {
        return "";
    }

    /** What merging it means. */
    default Optional<MergeTerms> merge() {
        return Optional.empty();
    }

    /**
     * The hash of all that it computes: keys and values of one adapter are those of any other with
     * the same. Empty: nobody else has it.
     */
    default Optional<String> content() {
        return Optional.empty();
    }

    default LoraFacts lora() {
        return LoraFacts.NONE;
    }

    /** As far as is known; asked only while it matters. */
    default MergeRules rules() {
        return MergeRules.never("it cannot be merged");
    }
}
