package org.dlora.catalogue.source.hub;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.function.Predicate;
import org.dlora.catalogue.source.fetch.Durable;
import org.dlora.catalogue.source.fetch.Transfer;

/**
 * The cached files of one repository, in the layout of Python's {@code huggingface_hub}: contents
 * in {@code blobs} by hash, {@code snapshots/COMMIT/FILE} links to them, and {@code refs} with the
 * commit of each branch and tag. So either program finds what the other has downloaded.
 */
final class HubCache {
    private static final Duration LOCKED = Duration.ofMillis(100);

    private final Path folder;

    /**
     * @param cache folder of the whole cache
     */
    HubCache(Path cache, String repository) {
        folder = cache.resolve("models--" + repository.replace("/", "--"));
    }

    /**
     * A content that is being downloaded. The lock is on a file of its own, as closing the
     * content's file would give a lock on that back.
     */
    record Incomplete(Path file, FileChannel lock) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            lock.close();
        }
    }

    /** Returns the commit that a branch, a tag or a commit was when it was last looked up. */
    Optional<String> commit(String revision) {
        if (HubReference.isCommit(revision)) {
            return Optional.of(revision);
        }
        try {
            return Optional.of(Files.readString(folder.resolve("refs").resolve(revision)).strip())
                    .filter(HubReference::isCommit);
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    /** Notes that a branch or tag is {@code commit}. */
    void remember(String revision, String commit) throws IOException {
        if (revision.equals(commit) || commit(revision).equals(Optional.of(commit))) {
            return;
        }
        var file = folder.resolve("refs").resolve(revision);
        createParent(file);
        var partial = temporary(file);
        Files.writeString(partial, commit);
        Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    }

    Path snapshot(String commit) {
        return folder.resolve("snapshots").resolve(commit);
    }

    /** Lists the files of a commit that are cached whole, in the order of names. */
    List<String> files(String commit, Predicate<String> wanted) {
        try (var entries = Files.list(snapshot(commit))) {
            return entries.map(entry -> String.valueOf(entry.getFileName()))
                    .filter(wanted)
                    .filter(name -> has(commit, name))
                    .sorted()
                    .toList();
        } catch (IOException _) {
            return List.of();
        }
    }

    /** Returns whether the file is cached whole. A link that leads out of the cache is none. */
    boolean has(String commit, String name) {
        try {
            var real = snapshot(commit).resolve(name).toRealPath();
            return Files.isRegularFile(real) && real.startsWith(folder.toRealPath());
        } catch (IOException _) {
            return false;
        }
    }

    /** Returns whether the content is cached whole. */
    boolean hasContent(String hash) {
        return Files.isRegularFile(blob(hash));
    }

    /**
     * Returns the file for the download of a content, which has the bytes that came before. It is
     * not {@code huggingface_hub}'s, which locks by other means. Waits while another thread or
     * process downloads the content.
     */
    Incomplete incomplete(String hash, Transfer transfer) throws IOException {
        var file = folder.resolve("blobs").resolve(hash + ".dlora.incomplete");
        createParent(file);
        var locks = folder.resolveSibling(".locks").resolve(String.valueOf(folder.getFileName()));
        Files.createDirectories(locks);
        var channel =
                FileChannel.open(
                        locks.resolve(hash + ".dlora.lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
        try {
            while (!isLocked(channel)) {
                transfer.goOn();
                Thread.sleep(LOCKED);
            }
            return new Incomplete(file, channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        } catch (InterruptedException _) {
            channel.close();
            Thread.currentThread().interrupt();
            throw new CancellationException("The download was interrupted");
        }
    }

    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException _) {
            return false; // Another thread has it.
        }
    }

    /** Makes a downloaded content known under its hash. */
    void complete(Incomplete downloaded, String hash) throws IOException {
        Durable.file(downloaded.file());
        Files.move(downloaded.file(), blob(hash), StandardCopyOption.ATOMIC_MOVE);
    }

    /** Makes a file of a commit from a content, by a link where the system has them. */
    void link(String commit, String name, String hash) throws IOException {
        var file = snapshot(commit).resolve(name);
        createParent(file);
        var partial = temporary(file);
        try {
            Files.createSymbolicLink(partial, Path.of("..", "..", "blobs", hash));
        } catch (UnsupportedOperationException | FileAlreadyExistsException _) {
            Files.copy(blob(hash), partial);
        }
        Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private Path blob(String hash) {
        return folder.resolve("blobs").resolve(hash);
    }

    private static Path temporary(Path beside) {
        return beside.resolveSibling(".dlora-" + UUID.randomUUID());
    }

    private static void createParent(Path file) throws IOException {
        var parent = Optional.ofNullable(file.getParent()).orElseThrow();
        Files.createDirectories(parent);
    }
}
