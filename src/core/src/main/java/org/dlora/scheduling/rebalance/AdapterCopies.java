package org.dlora.scheduling.rebalance;

import java.util.Set;
import org.dlora.scheduling.LoraFacts;

/**
 * An adapter and the memories that hold it.
 *
 * @param id identifies one version of the adapter
 * @param bytes of a memory that a copy takes
 * @param loadSeconds predicted seconds of a load into one more memory
 * @param lora its sizes
 * @param memories ids of the memories in which it is resident or being loaded
 */
public record AdapterCopies(
        String id, long bytes, double loadSeconds, LoraFacts lora, Set<String> memories) {
    public AdapterCopies {
        memories = Set.copyOf(memories);
        if (bytes < 0 || !(loadSeconds >= 0) || loadSeconds == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException(
                    "Adapter %s takes %d bytes and %s s to load: expected both at least 0 and finite"
                            .formatted(id, bytes, loadSeconds));
        }
    }

    /** Creates an adapter whose LoRA terms cost nothing. */
    public AdapterCopies(String id, long bytes, double loadSeconds, Set<String> memories) {
        this(id, bytes, loadSeconds, LoraFacts.NONE, memories);
    }
}
