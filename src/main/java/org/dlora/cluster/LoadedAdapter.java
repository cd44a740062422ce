package org.dlora.cluster;

import org.dlora.adapter.AdapterWeights;

/**
 * An adapter whose weights are in the device's memory.
 *
 * @param weights belong to {@link AdapterMemory}
 */
public record LoadedAdapter(ServedAdapter adapter, AdapterWeights weights) {}
