package org.dlora.model.cache;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The files of a cache. {@link WeightsCache} keeps weights in one, with the suffix {@code
 * .safetensors}; packed adapters lie in another:
 *
 * <ul>
 *   <li>entries, {@code <content>-<layout>-<numeric mode>-<dtype><suffix>};
 *   <li>{@code <fingerprint>.of}, the content hash of a checkpoint with that fingerprint;
 *   <li>{@code *.tmp}, entries that are not whole;
 *   <li>{@code lock}, held by the process that writes.
 * </ul>
 *
 * <p>A file is only ever replaced or removed, never changed, so a server that has mapped one keeps
 * its content.
 */
public final class CacheFolder {
    private static final String KNOWN = ".of";
    private static final String PARTIAL = ".tmp";
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final Path folder;
    private final String suffix;
    private final long limit;

    /**
     * @param folder created when first needed
     * @param suffix of the entries' files
     * @param limit bytes of all entries; the least recently used are removed
     */
    public CacheFolder(Path folder, String suffix, long limit) {
        this.folder = folder;
        this.suffix = suffix;
        this.limit = limit;
    }

    /** An entry's content, written to the given file. */
    @FunctionalInterface
    public interface Content {
        /** Overwrites {@code file}, and waits until the disk has it. */
        void writeTo(Path file) throws IOException;
    }

    /** Returns the folder. */
    public Path path() {
        return folder;
    }

    /** Returns why the folder must not be used, and what mends that; empty if it may be used. */
    public Optional<String> danger() throws IOException {
        var view = Files.getFileAttributeView(folder, PosixFileAttributeView.class);
        if (view == null || !Files.exists(folder)) {
            return Optional.empty();
        }
        var permissions = view.readAttributes().permissions();
        return permissions.contains(PosixFilePermission.GROUP_WRITE)
                        || permissions.contains(PosixFilePermission.OTHERS_WRITE)
                ? Optional.of(
                        "others may write there (%s), and could change the model so; chmod go-w it"
                                .formatted(PosixFilePermissions.toString(permissions)))
                : Optional.empty();
    }

    void create() throws IOException {
        if (Files.exists(folder)) {
            return;
        }
        boolean isPosix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
        Files.createDirectories(
                folder, isPosix ? new FileAttribute<?>[] {OWNER_ONLY} : new FileAttribute<?>[0]);
    }

    /** Returns whether {@code entry} is larger than all entries together may be. */
    boolean isTooLarge(String entry) throws IOException {
        return Files.size(file(entry)) > limit;
    }

    /** Removes {@code entry}, if it is there. */
    public void remove(String entry) throws IOException {
        Files.deleteIfExists(file(entry));
    }

    /** Returns whether {@code entry} is there. */
    public boolean has(String entry) {
        return Files.isRegularFile(file(entry));
    }

    /** Marks {@code entry} as used now. The least recently used entries are removed first. */
    public void use(String entry) {
        try {
            Files.setLastModifiedTime(file(entry), FileTime.from(Instant.now()));
        } catch (IOException _) {
            // The entry is removed earlier than it should, or is gone already.
        }
    }

    /** Returns the content hash of the files that had {@code fingerprint}, if it is known. */
    Optional<String> known(Fingerprint fingerprint) throws IOException {
        var file = folder.resolve(fingerprint.id() + KNOWN);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        return Optional.of(Files.readString(file)).filter(HASH.asMatchPredicate());
    }

    void remember(Fingerprint fingerprint, String content) throws IOException {
        create();
        var partial = Files.createTempFile(folder, "of", PARTIAL);
        Files.writeString(partial, content);
        move(partial, fingerprint.id() + KNOWN);
    }

    /**
     * Writes {@code entry}, and removes old ones to make room for it. Does nothing where another
     * process or thread is writing to the folder.
     *
     * @param bytes approximate size of the entry
     * @return whether it was written
     * @throws IOException if it cannot be written, or is too large for the limit or the disk
     */
    public boolean write(String entry, long bytes, Content content) throws IOException {
        create();
        if (bytes > limit) {
            throw new IOException(
                    "%d MB are more than the limit of %d MB".formatted(bytes >> 20, limit >> 20));
        }
        try (var channel =
                        FileChannel.open(
                                folder.resolve("lock"),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                var lock = channel.tryLock()) {
            if (lock == null) {
                return false;
            }
            remove(files(PARTIAL));
            removeOldest(limit - bytes);
            long free = Files.getFileStore(folder).getUsableSpace();
            if (free - bytes < bytes / 10) {
                throw new IOException(
                        "%d MB are free there, too few for %d MB"
                                .formatted(free >> 20, bytes >> 20));
            }
            var partial = Files.createTempFile(folder, "entry", PARTIAL);
            try {
                content.writeTo(partial);
                move(partial, entry + suffix);
            } finally {
                Files.deleteIfExists(partial);
            }
            return true;
        } catch (OverlappingFileLockException _) {
            return false;
        }
    }

    private void removeOldest(long remaining) throws IOException {
        var entries = new ArrayList<>(files(suffix));
        entries.sort(Comparator.comparing(CacheFolder::lastUse).reversed());
        long bytes = 0;
        var kept = new ArrayList<Path>();
        for (var file : entries) {
            bytes += Files.size(file);
            if (bytes <= remaining) {
                kept.add(file);
            } else {
                Files.delete(file);
            }
        }
        var contents =
                kept.stream()
                        .map(file -> file.getFileName().toString().split("-", 2)[0])
                        .collect(Collectors.toSet());
        for (var file : files(KNOWN)) {
            if (!contents.contains(Files.readString(file)) && lastUse(file).isBefore(dayAgo())) {
                Files.delete(file);
            }
        }
    }

    private static Instant dayAgo() {
        return Instant.now().minusSeconds(24 * 3600);
    }

    private static Instant lastUse(Path file) {
        try {
            return Files.getLastModifiedTime(file).toInstant();
        } catch (IOException _) {
            return Instant.MIN;
        }
    }

    private List<Path> files(String suffix) throws IOException {
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(suffix)).toList();
        }
    }

    private static void remove(List<Path> files) throws IOException {
        for (var file : files) {
            Files.deleteIfExists(file);
        }
    }

    private void move(Path partial, String name) throws IOException {
        Files.move(partial, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    /** Returns the file of {@code entry}. */
    public Path file(String entry) {
        return folder.resolve(entry + suffix);
    }
}
