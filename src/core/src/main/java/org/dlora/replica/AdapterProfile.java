package org.dlora.replica;

import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.MergeRules;
import org.jspecify.annotations.Nullable;

/**
 * The properties of an adapter that a replica's decisions depend on.
 *
 * @param id identifies this load of the adapter
 * @param name its name for clients
 * @param content hash of everything that it computes; adapters with the same hash share keys and
 *     values
 * @param rules whether it may be merged; null while that is unknown, so that the replica asks
 */
public record AdapterProfile(
        String id, String name, String content, LoraFacts lora, @Nullable MergeRules rules) {}
