package org.dlora.cluster;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.OutputLengths;

/** Lengths of the cluster's answers so far, by adapter. Thread-safe. */
final class AnswerLengths {
    /** Most adapters that are kept apart, so that versions that have gone do not pile up. */
    private static final int MAX_ADAPTERS = 4096;

    private final Map<AdapterRef, OutputLengths> lengths = new ConcurrentHashMap<>();
    private volatile OutputLengths all = OutputLengths.NONE;

    void answered(AdapterRef adapter, int tokens) {
        synchronized (this) {
            all = all.plus(tokens);
        }
        if (lengths.size() < MAX_ADAPTERS || lengths.containsKey(adapter)) {
            lengths.merge(
                    adapter, OutputLengths.NONE.plus(tokens), (before, _) -> before.plus(tokens));
        }
    }

    /** Returns the lengths of an adapter's answers; those of all models before its first one. */
    OutputLengths of(AdapterRef adapter) {
        return lengths.getOrDefault(adapter, all);
    }
}
