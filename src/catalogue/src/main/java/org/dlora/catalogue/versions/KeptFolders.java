package org.dlora.catalogue.versions;

import java.util.Set;

/**
 * Folders that a catalogue references.
 *
 * @param catalogue id of the database
 * @param folders as versions have them
 */
public record KeptFolders(String catalogue, Set<String> folders) {
    public KeptFolders {
        folders = Set.copyOf(folders);
    }
}
