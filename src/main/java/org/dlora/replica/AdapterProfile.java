package org.dlora.replica;

import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.MergeRules;
import org.jspecify.annotations.Nullable;

/**
 * An adapter as a replica's decisions see it.
 *
 * @param id names this load of it
 * @param name what clients call it
 * @param content hash of everything that it computes: its keys and values are those of any adapter
 *     with the same hash
 * @param rules whether it may be merged; null while that is not known, so that the replica asks
 */
public record AdapterProfile(
        String id, String name, String content, LoraFacts lora, @Nullable MergeRules rules) {}
