package org.dlora.cluster.fidelity;

import java.util.Optional;
import org.dlora.adapter.content.MergeFidelity;

/** Memory of measured accuracies of merged weights, by adapter version. Thread-safe. */
public interface FidelityStore {
    /** A store that remembers nothing. */
    FidelityStore NONE =
            new FidelityStore() {
                @Override
                public Optional<MergeFidelity> find(String version) {
                    return Optional.empty();
                }

                @Override
                public void keep(String version, MergeFidelity fidelity) {}
            };

    Optional<MergeFidelity> find(String version);

    void keep(String version, MergeFidelity fidelity);
}
