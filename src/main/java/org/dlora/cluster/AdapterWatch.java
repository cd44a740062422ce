package org.dlora.cluster;

import org.dlora.adapter.AdapterWeights;

/** Is told which adapters' weights may be read. Thread-safe. */
public interface AdapterWatch {
    /** From now on they may be read. */
    void held(AdapterWeights adapter);

    /** They are freed once this returns, and may not be read any more. */
    void leaving(AdapterWeights adapter);
}
