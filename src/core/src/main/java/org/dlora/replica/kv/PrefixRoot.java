package org.dlora.replica.kv;

import org.dlora.replica.request.PrefixOwner;
import org.dlora.scheduling.PrefixHash;

/**
 * Root of the cached prefixes of one adapter and one owner. Prefixes of different roots never share
 * a block.
 *
 * @param content hash of the adapter's content, empty for the base model
 * @param hash of the root, from which the hashes of its prefixes are chained
 */
public record PrefixRoot(String content, PrefixOwner owner, long hash) {
    /**
     * Returns the root of an owner's prefixes.
     *
     * @param seed of the process, unknown to clients
     */
    public static PrefixRoot of(long seed, String content, PrefixOwner owner) {
        return new PrefixRoot(content, owner, PrefixHash.root(seed, content, owner.id()));
    }
}
