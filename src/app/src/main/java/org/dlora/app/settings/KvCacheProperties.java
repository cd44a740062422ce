package org.dlora.app.settings;

import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The KV cache of each replica.
 *
 * @param size bytes, off the heap, that it keeps whatever adapters need; 0 = what {@code max-batch}
 *     sequences of full length need, at most 1 GB, a quarter of the memory, and what weights and
 *     heap leave. Adapters may take of that, down to one sequence of full length
 * @param dtype dtype of keys and values
 */
public record KvCacheProperties(
        @DefaultValue("0") DataSize size, @DefaultValue("auto") KvPrecision dtype) {}
