package org.dlora.scheduling.rebalance;

import java.util.Set;

/**
 * An adapter and the memories that hold it.
 *
 * @param id identifies one version of the adapter
 * @param bytes of a memory that a copy takes
 * @param loadSeconds predicted seconds of a load into one more memory
 * @param memories ids of the memories in which it is resident or being loaded
 */
public record AdapterCopies(String id, long bytes, double loadSeconds, Set<String> memories) {
    public AdapterCopies {
        memories = Set.copyOf(memories);
        if (bytes < 0 || !(loadSeconds >= 0) || loadSeconds == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException(
                    "Adapter %s takes %d bytes and %s s to load: expected both at least 0 and finite"
                            .formatted(id, bytes, loadSeconds));
        }
    }
}
