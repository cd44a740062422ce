package org.dlora.catalogue.source.hub;

import java.nio.file.Path;
import java.util.List;

/**
 * Files of a repository in the cache.
 *
 * @param folder has links to them, and possibly to others
 * @param at the repository at its commit
 * @param files names of those that were asked for
 */
public record HubSnapshot(Path folder, HubReference at, List<String> files) {
    public HubSnapshot {
        files = List.copyOf(files);
    }
}
