package org.dlora.catalogue.manifest;

/**
 * Problem of a manifest, with its line.
 *
 * @param line from 1; 0 if it concerns the file as a whole
 */
public record ManifestProblem(int line, String message) {
    @Override
    public String toString() {
        return line == 0 ? message : "line %d: %s".formatted(line, message);
    }
}
