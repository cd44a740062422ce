package org.dlora.catalogue.source;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.UUID;

/**
 * A process's folder for files that are not whole yet, below the store's. A lock says that the
 * process lives; the folder of a killed one is removed by the next.
 */
final class Staging implements AutoCloseable {
    private static final String PREFIX = ".staging-";
    private static final String LOCK = "lock";

    private final Path folder;
    private final FileChannel lock;

    private Staging(Path folder, FileChannel lock) {
        this.folder = folder;
        this.lock = lock;
    }

    /** Creates one. The caller holds the store's lock, as others would hold it for a killed one. */
    static Staging create(Path store) throws IOException {
        var folder = Files.createDirectory(store.resolve(PREFIX + UUID.randomUUID()));
        var channel =
                FileChannel.open(
                        folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var _ = channel.lock();
        return new Staging(folder, channel);
    }

    /** Removes those of killed processes. The caller holds the store's lock. */
    static void removeStale(Path store) throws IOException {
        try (var found = Files.newDirectoryStream(store, PREFIX + "*")) {
            for (var folder : found) {
                if (isStale(folder)) {
                    delete(folder);
                }
            }
        }
    }

    /** Returns whether other processes use the store. The caller holds the store's lock. */
    boolean isBesideOthers(Path store) throws IOException {
        try (var found = Files.newDirectoryStream(store, PREFIX + "*")) {
            for (var other : found) {
                if (!other.equals(folder) && !isStale(other)) {
                    return true;
                }
            }
            return false;
        }
    }

    private static boolean isStale(Path folder) {
        var file = folder.resolve(LOCK);
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return true;
        }
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE);
                var held = channel.tryLock()) {
            return held != null;
        } catch (IOException | OverlappingFileLockException _) {
            return false;
        }
    }

    /** Creates an empty folder. */
    Path folder() throws IOException {
        return Files.createDirectory(unused());
    }

    /** Returns the path of a folder that does not exist. */
    Path unused() {
        return folder.resolve(UUID.randomUUID().toString());
    }

    /** Removes a folder with all in it. Does nothing if it is not there. */
    static void delete(Path folder) throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    @Override
    public void close() throws IOException {
        try (lock) {
            // The lock's file goes last, so that a kill leaves a folder that counts as stale.
            try (var files = Files.list(folder)) {
                for (var file : files.filter(one -> !one.endsWith(LOCK)).toList()) {
                    delete(file);
                }
            }
            delete(folder);
        }
    }
}
