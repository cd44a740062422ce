package org.dlora.cluster.adapters;

import java.util.List;

/**
 * Folders that adapters can be loaded from.
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
