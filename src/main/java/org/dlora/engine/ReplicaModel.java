package org.dlora.engine;

import java.util.Map;
import java.util.Set;

/**
 * What a replica serves.
 *
 * @param endTokens end a sequence unless it ignores them
 * @param adapters by the name that requests use
 */
record ReplicaModel(
        ModelRunner runner,
        TextStream.Factory texts,
        Set<Integer> endTokens,
        Map<String, AdapterTerms> adapters) {
    ReplicaModel {
        endTokens = Set.copyOf(endTokens);
        adapters = Map.copyOf(adapters);
    }
}
