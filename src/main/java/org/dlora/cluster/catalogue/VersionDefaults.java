package org.dlora.cluster.catalogue;

import java.util.Optional;

/**
 * What the catalogue adds to the requests of a version.
 *
 * @param systemPrompt content of the system message of chats that have none
 */
public record VersionDefaults(Optional<String> systemPrompt, ParameterDefaults parameters) {

    /** Adds nothing. */
    public static final VersionDefaults NONE =
            new VersionDefaults(Optional.empty(), ParameterDefaults.NONE);

    /** Returns a hash of all values; empty if nothing is added. */
    String hash() {
        return equals(NONE) ? "" : ContentDigest.of("defaults 1\n" + this);
    }
}
