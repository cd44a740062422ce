package org.dlora.catalogue.source;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.dlora.catalogue.source.fetch.Durable;
import org.jspecify.annotations.Nullable;

/**
 * Folders of adapters by the hash of their content, {@code HOME/adapters/HASH}. A folder is whole
 * from the moment it has its name: its files are written beside, forced to the disk, and renamed
 * together. A kill or a power cut leaves the whole folder or nothing; the next process removes
 * unfinished ones. Thread-safe, and safe to use by several processes at once.
 *
 * <p>The folder is created for its owner alone when it is first needed. Methods throw {@link
 * IOException} where it cannot be written.
 */
public final class ContentStore implements AutoCloseable {
    private final Path folder;
    private final InstantSource clock;
    private final FolderLock lock;
    private final Map<String, Integer> held = new ConcurrentHashMap<>();
    private @Nullable Staging staging;

    /**
     * An adapter's folder in the store, which is not removed before {@link #close}. Closing it
     * removes a folder that is new, unless it is kept.
     */
    public final class Stored implements AutoCloseable {
        private final String hash;

        /** Time of the folder since it was created; null if it was there before. */
        private final @Nullable FileTime created;

        private boolean kept;

        private Stored(String hash, @Nullable FileTime created) {
            this.hash = hash;
            this.created = created;
        }

        public String hash() {
            return hash;
        }

        public Path path() {
            return folder.resolve(hash);
        }

        /** Keeps the folder: it is referenced now. */
        public void keep() {
            kept = true;
        }

        @Override
        public void close() throws IOException {
            release(this);
        }
    }

    public ContentStore(Path folder) {
        this(folder, InstantSource.system());
    }

    ContentStore(Path folder, InstantSource clock) {
        this.folder = folder.toAbsolutePath();
        this.clock = clock;
        lock = new FolderLock(this.folder);
    }

    public Path folder() {
        return folder;
    }

    /** Removes what killed processes have left, if there is a store. */
    public void clean() throws IOException {
        if (Files.isDirectory(folder)) {
            var _ =
                    lock.hold(() -> {
                        Staging.removeStale(folder);
                        return true;
                    });
        }
    }

    /** Tells other processes that this one uses the store, if there is one. */
    public void join() throws IOException {
        if (Files.isDirectory(folder)) {
            var _ = staging();
        }
    }

    /** Creates an empty folder for files that are not whole yet; {@link #discard} removes it. */
    public Path stage() throws IOException {
        return staging().folder();
    }

    /** Removes a folder of {@link #stage} with all in it, if it is still there. */
    public void discard(Path staged) throws IOException {
        Staging.delete(staged);
    }

    /**
     * Gives a staged folder its place. If the store has the content already, that is taken.
     *
     * @param staged a folder below one of {@link #stage}; it is moved away
     * @param hash of its content
     * @param isSound whether a folder of that name has the content; a damaged one is replaced
     */
    public Stored publish(Path staged, String hash, Predicate<Path> isSound) throws IOException {
        Durable.content(staged);
        var own = staging();
        var target = folder.resolve(hash);
        boolean sound = Files.isDirectory(target) && isSound.test(target);
        return alone(() -> {
            if (sound && Files.isDirectory(target)) {
                // Tells other processes that would remove it that it is used again.
                Files.setLastModifiedTime(target, FileTime.from(clock.instant()));
                return hold(new Stored(hash, null));
            }
            if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
                Files.move(target, own.unused(), StandardCopyOption.ATOMIC_MOVE);
            }
            Files.move(staged, target, StandardCopyOption.ATOMIC_MOVE);
            Durable.folder(folder);
            return hold(new Stored(hash, Files.getLastModifiedTime(target)));
        });
    }

    private Stored hold(Stored stored) {
        held.merge(stored.hash, 1, Integer::sum);
        return stored;
    }

    private void release(Stored stored) throws IOException {
        boolean isLast =
                held.compute(
                                stored.hash,
                                (_, count) -> count == null || count == 1 ? null : count - 1)
                        == null;
        var created = stored.created;
        if (isLast && !stored.kept && created != null) {
            var _ =
                    alone(() -> {
                        if (Files.isDirectory(stored.path())
                                && Files.getLastModifiedTime(stored.path()).equals(created)) {
                            remove(stored.path());
                        }
                        return true;
                    });
        }
    }

    /** Lists the hashes of all whole folders. */
    public Set<String> hashes() throws IOException {
        if (!Files.isDirectory(folder)) {
            return Set.of();
        }
        try (var found = Files.list(folder)) {
            var hashes = new TreeSet<String>();
            found.filter(one -> Files.isDirectory(one, LinkOption.NOFOLLOW_LINKS))
                    .map(one -> String.valueOf(one.getFileName()))
                    .filter(FolderHash::isOne)
                    .forEach(hashes::add);
            return hashes;
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /**
     * Removes the folders that are neither referenced nor held. Nothing is removed while another
     * process uses the store, or if another catalogue has ever claimed it: what these reference is
     * not known here.
     *
     * @param catalogue id of the catalogue that has the references, as one line
     * @param referenced hashes that are in use. Read while nobody changes the store, so that what
     *     is published and referenced meanwhile is among them
     * @return hashes of those that were removed
     */
    public List<String> removeUnreferenced(String catalogue, Supplier<Set<String>> referenced)
            throws IOException {
        return alone(() -> {
            if (!StoreClaim.claim(folder, catalogue) || staging().isBesideOthers(folder)) {
                return List.of();
            }
            var unused = new HashSet<>(hashes());
            unused.removeAll(referenced.get());
            unused.removeAll(held.keySet());
            for (var hash : unused) {
                remove(folder.resolve(hash));
            }
            return unused.stream().sorted().toList();
        });
    }

    /** Removes a folder, of which a kill leaves nothing that looks whole. */
    private void remove(Path whole) throws IOException {
        var gone = staging().unused();
        Files.move(whole, gone, StandardCopyOption.ATOMIC_MOVE);
        Staging.delete(gone);
    }

    private synchronized Staging staging() throws IOException {
        var known = staging;
        if (known == null) {
            create();
            known =
                    lock.hold(() -> {
                        Staging.removeStale(folder);
                        return Staging.create(folder);
                    });
            staging = known;
        }
        return known;
    }

    private void create() throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        if (Files.getFileStore(existing(folder)).supportsFileAttributeView("posix")) {
            Files.createDirectories(
                    folder,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
        } else {
            Files.createDirectories(folder);
        }
    }

    private static Path existing(Path path) {
        var at = path;
        while (!Files.exists(at) && at.getParent() != null) {
            at = at.getParent();
        }
        return at;
    }

    /** Runs a change while no other process or thread changes the store. */
    private <T> T alone(FolderLock.Change<T> change) throws IOException {
        var _ = staging();
        return lock.hold(change);
    }

    @Override
    public synchronized void close() throws IOException {
        var own = staging;
        staging = null;
        if (own != null) {
            own.close();
        }
    }
}
