package org.dlora.cluster;

import org.dlora.adapter.AdapterWeights;

/**
 * A served adapter with its weights in the device's memory.
 *
 * @param weights belong to {@link AdapterMemory}
 */
public record LoadedAdapter(ServedAdapter adapter, AdapterWeights weights) {}
