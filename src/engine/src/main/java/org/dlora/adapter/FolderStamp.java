package org.dlora.adapter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.dlora.adapter.config.AdapterConfig;

/**
 * Names, sizes and times of the files in a folder. Two stamps that are equal mean that nobody has
 * written there meanwhile.
 *
 * @param files by name
 */
public record FolderStamp(SortedMap<String, FileStamp> files) {

    /**
     * Stamp of a file.
     *
     * @param bytes its size
     */
    public record FileStamp(long bytes, Instant modified) {}

    /** Returns the stamp of a folder; empty if there is none, or it cannot be listed. */
    public static Optional<FolderStamp> of(Path folder) {
        try (var listed = Files.list(folder)) {
            var files = new TreeMap<String, FileStamp>();
            listed.forEach(file -> files.put(String.valueOf(file.getFileName()), stamp(file)));
            return Optional.of(new FolderStamp(files));
        } catch (IOException | UncheckedIOException _) {
            return Optional.empty();
        }
    }

    private static FileStamp stamp(Path file) {
        try {
            var attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new FileStamp(attributes.size(), attributes.lastModifiedTime().toInstant());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns whether the folder has the configuration of an adapter. */
    public boolean isAdapter() {
        return files.containsKey(AdapterConfig.FILE);
    }
}
