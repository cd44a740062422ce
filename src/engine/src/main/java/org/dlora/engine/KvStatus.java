package org.dlora.engine;

import org.dlora.scheduling.KvCounts;

/**
 * The KV cache of a replica at one moment.
 *
 * @param bytes that are there
 * @param blockBytes bytes of a block
 * @param mostBlockBytes bytes that a block takes at most when it comes back
 * @param prefillSeconds predicted time of a prefill row in a step of many
 */
public record KvStatus(
        KvCounts counts, long bytes, long blockBytes, long mostBlockBytes, double prefillSeconds) {
    static final KvStatus NONE = new KvStatus(new KvCounts(0, 0, 0, 0, 0, 0, 0, 0), 0, 0, 0, 0);
}
