package org.dlora.catalogue.served;

import java.util.List;

/**
 * Folders that people put adapters into, to be loaded from. The store of acquired adapters, which
 * the server fills and cleans by itself, is none of them.
 *
 * @param roots whose sub-folders are adapters
 * @param unserved folders below a root that no version of an adapter has, as paths that a load
 *     takes; those that are found first
 */
public record FolderListing(List<String> roots, List<String> unserved) {
    /** No roots. */
    public static final FolderListing NONE = new FolderListing(List.of(), List.of());

    public FolderListing {
        roots = List.copyOf(roots);
        unserved = List.copyOf(unserved);
    }
}
