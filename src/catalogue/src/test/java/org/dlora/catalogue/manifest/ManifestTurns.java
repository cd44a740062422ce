package org.dlora.catalogue.manifest;

/** Turns of a watch that a test makes by itself. */
public final class ManifestTurns {
    private ManifestTurns() {}

    /** Lets {@code watch} read and apply its file once. */
    public static void turn(ManifestWatch watch) {
        watch.turn();
    }

    /** Puts a manifest into force that nobody applies. */
    public static void manage(ManagedAdapters managed, Manifest manifest) {
        managed.replace(manifest);
    }
}
