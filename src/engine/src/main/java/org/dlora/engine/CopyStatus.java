package org.dlora.engine;

import java.util.Optional;
import org.dlora.replica.WeightReport;

/**
 * The copies of a replica's merged weights at one moment.
 *
 * @param usedBytes bytes of those in effect or being built, while something runs
 * @param idleBytes bytes of those that are kept for later merges
 * @param kept adapter that the idle ones hold as a whole, by id
 * @param uses how often merged weights have come into effect
 */
public record CopyStatus(long usedBytes, long idleBytes, Optional<String> kept, long uses) {
    /** No copies. */
    public static final CopyStatus NONE = new CopyStatus(0, 0, Optional.empty(), 0);

    /**
     * Returns the status of the copies that the engine has reported.
     *
     * @param isResting whether nothing runs, so that no copies are in use
     */
    static CopyStatus of(WeightReport weights, boolean isResting) {
        long idle = isResting ? weights.copyBytes() : weights.idleBytes();
        return new CopyStatus(
                weights.copyBytes() - idle,
                idle,
                weights.ready().stream()
                        .filter(adapter -> isResting || !weights.mode().isMerged(adapter))
                        .findFirst(),
                weights.uses());
    }
}
