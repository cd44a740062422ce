package org.dlora.cluster.residency;

import org.dlora.adapter.weights.AdapterWeights;

/** Observer of the adapters' weights that may be read. Thread-safe. */
public interface AdapterWatch {
    /** Reports weights that may be read from now on. */
    void held(AdapterWeights adapter);

    /** Reports weights that are freed once this call returns. They may not be read after it. */
    void leaving(AdapterWeights adapter);
}
