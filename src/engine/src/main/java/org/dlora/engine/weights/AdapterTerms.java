package org.dlora.engine.weights;

import java.util.List;
import java.util.Optional;
import org.dlora.adapter.weights.MergeTerms;
import org.dlora.device.LoraTerm;
import org.dlora.model.LayerSite;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.MergeRules;

/** An adapter on the replica's device: its terms at each linear layer, and what they cost. */
@FunctionalInterface
public interface AdapterTerms {
    /** The base model, which has no terms. */
    AdapterTerms BASE = _ -> List.of();

    /** Returns the terms at linear layer {@code at}; none where the adapter does not act. */
    List<LoraTerm> at(LayerSite at);

    /** Returns the adapter's name for clients; empty for the base model. */
    default String name() {
        return "";
    }

    /** Returns the terms of merging the adapter. */
    default MergeTerms merge() {
        return MergeTerms.never("it has nothing to merge");
    }

    /**
     * Returns the hash of all that the adapter computes. Keys and values of adapters with the same
     * hash are the same; empty if no other adapter has the content.
     */
    default Optional<String> content() {
        return Optional.empty();
    }

    /** Returns the cost of the terms. */
    default LoraFacts lora() {
        return LoraFacts.NONE;
    }

    /** Returns whether it may be merged, as far as is known; asking may start a measurement. */
    default MergeRules rules() {
        return MergeRules.never("it cannot be merged");
    }

    /** Returns whether {@link #rules} is final; asking starts nothing. */
    default boolean areRulesFinal() {
        return true;
    }
}
