package org.dlora.catalogue.manifest;

import java.util.List;

/**
 * The adapters that an operator wants, as one file gives them.
 *
 * @param adapters in the order of the file, each name once
 */
public record Manifest(List<DesiredAdapter> adapters) {
    /** Wants nothing. */
    public static final Manifest EMPTY = new Manifest(List.of());

    public Manifest {
        adapters = List.copyOf(adapters);
    }
}
