package org.dlora.scheduling.residency;

/**
 * The standing of a replica's copies of merged weights in the memory that it shares with adapters.
 *
 * @param replica name of the replica
 * @param idleBytes bytes of copies that are kept for later merges, and that are not on their way
 *     out
 * @param usedBytes bytes of copies that are in effect or being built
 * @param leavingBytes bytes of copies that are being given back
 * @param rebuildSeconds predicted time to build the idle ones again; 0 if they hold no adapter
 * @param since time at which they last came into effect, in seconds
 * @param demand expected uses of merged weights for each request
 * @param want a build for which there was no memory; {@link Want#NONE} if there is none
 */
public record CopyStanding(
        String replica,
        long idleBytes,
        long usedBytes,
        long leavingBytes,
        double rebuildSeconds,
        double since,
        double demand,
        Want want) {

    /**
     * A build for which there was no memory.
     *
     * @param adapter that was to be merged
     * @param bytes that were missing beside the replica's copies
     * @param seconds predicted time of the build
     */
    public record Want(String adapter, long bytes, double seconds) {
        /** No build. */
        public static final Want NONE = new Want("", 0, 0);
    }

    /** Returns the value of the idle copies per byte, as that of adapters. */
    double idleValue() {
        return idleBytes == 0 ? 0 : demand * rebuildSeconds / idleBytes;
    }

    /** Returns the value of the wanted bytes, as that of adapters. */
    double wantedValue() {
        return want.bytes() == 0 ? 0 : demand * want.seconds() / want.bytes();
    }
}
