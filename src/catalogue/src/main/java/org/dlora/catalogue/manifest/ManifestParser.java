package org.dlora.catalogue.manifest;

/** Reader of manifests. */
@FunctionalInterface
public interface ManifestParser {
    /**
     * Reads a manifest.
     *
     * @throws ManifestException with all problems that it has
     */
    Manifest parse(byte[] yaml);
}
