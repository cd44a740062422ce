package org.dlora.cluster.residency;

import java.util.Arrays;

/**
 * Sizes of the weights that requests can have loaded into an adapter memory: those of all versions
 * that are served.
 *
 * @param count number of them
 * @param bytes of all together
 * @param median bytes of one; 0 if no size is known
 */
public record RegisteredSizes(long count, long bytes, long median) {
    static RegisteredSizes of(long[] sizes) {
        var known = Arrays.stream(sizes).filter(bytes -> bytes > 0).sorted().toArray();
        return new RegisteredSizes(
                sizes.length,
                Arrays.stream(sizes).sum(),
                known.length == 0 ? 0 : known[known.length / 2]);
    }
}
