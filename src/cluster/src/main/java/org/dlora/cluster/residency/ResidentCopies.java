package org.dlora.cluster.residency;

import java.util.Optional;
import org.dlora.adapter.weights.AdapterWeights;

/** The adapters that other memories hold. */
@FunctionalInterface
public interface ResidentCopies {
    /** No other memory. */
    ResidentCopies NONE = _ -> Optional.empty();

    /** Returns weights of adapter {@code id}, which may be closed at any time. */
    Optional<AdapterWeights> find(String id);
}
