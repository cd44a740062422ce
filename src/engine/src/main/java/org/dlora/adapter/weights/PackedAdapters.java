package org.dlora.adapter.weights;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLockInterruptionException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.dlora.device.CopyMismatchException;
import org.dlora.model.cache.CacheFolder;
import org.dlora.tensor.LoadException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Packed adapters in files of a folder, so that a later load reads bytes that a device takes as
 * they are. An entry is named after the adapter's content, the base model's files and the device's
 * layout and arithmetic; its bytes are checked before they are used.
 *
 * <p>No problem with the folder fails a load: it is logged, and the adapter is loaded from its own
 * files. Whoever can write to the folder can change adapters, so one that others may write to is
 * not used. Thread-safe, and safe to use by several processes at once.
 */
public final class PackedAdapters {
    private static final Logger log = LoggerFactory.getLogger(PackedAdapters.class);

    /** Version of what is packed; raised when terms or values of the same adapter change. */
    private static final int PACKING = 1;

    private final @Nullable CacheFolder folder;

    /** The last problem that was logged, so that each is logged once in a row. */
    private volatile String lastProblem = "";

    private PackedAdapters(@Nullable CacheFolder folder) {
        this.folder = folder;
    }

    /** Returns a store that keeps nothing. */
    public static PackedAdapters none() {
        return new PackedAdapters(null);
    }

    /**
     * Returns the store in a folder.
     *
     * @param folder created when first needed, for its owner alone
     * @param limit bytes of all files; the least recently used are removed
     */
    public static PackedAdapters in(Path folder, long limit) {
        return new PackedAdapters(new CacheFolder(folder, ".adapter", limit));
    }

    /**
     * Returns the name of an entry; empty where no device takes packed bytes.
     *
     * @param version the adapter's content hash
     * @param base hash that changes with the base model's files
     */
    public static Optional<String> entry(String version, String base, AdapterUploader to) {
        var device = to.device();
        return device.packedLayout()
                .map(layout ->
                        "%s-%s-%s-%s-%s-%d-%x"
                                .formatted(
                                        version,
                                        base.substring(0, Math.min(32, base.length())),
                                        layout.name(),
                                        device.numericMode(),
                                        to.precision(),
                                        PACKING,
                                        AdapterCopy.FORMAT));
    }

    /** Returns whether anything can be kept. */
    public boolean isKeeping() {
        return folder != null;
    }

    /** Returns whether {@code entry} is there; its bytes may still turn out to be damaged. */
    public boolean has(String entry) {
        return folder != null && folder.has(entry);
    }

    /**
     * Allocates the weights of {@code entry}.
     *
     * @param name the adapter's name for clients
     * @param version the adapter's content hash
     * @return empty if the entry is not there or cannot be used; its memory's reservation is kept
     */
    public Optional<AdapterWeights> load(
            String entry, String name, String version, AdapterRestore restore) {
        if (folder == null || !folder.has(entry)) {
            return Optional.empty();
        }
        try {
            if (isRefused(folder)) {
                return Optional.empty();
            }
            var weights = PackedAdapterFile.read(folder.file(entry), name, version, restore);
            folder.use(entry);
            return Optional.of(weights);
        } catch (NoSuchFileException _) {
            return Optional.empty(); // Removed by whoever needed its room.
        } catch (IOException e) {
            warn("Packed adapter %s cannot be read: %s".formatted(name, e));
            return Optional.empty();
        } catch (LoadException | CopyMismatchException e) {
            warn("Adapter %s is packed anew: %s".formatted(name, e.getMessage()));
            remove(entry, folder);
            return Optional.empty();
        }
    }

    private static void remove(String entry, CacheFolder from) {
        try {
            from.remove(entry);
        } catch (IOException e) {
            log.debug("{} stays where it is", from.file(entry), e);
        }
    }

    /**
     * Writes {@code weights} to {@code entry}, unless it is there. A failure is logged. An
     * interrupt ends the writing.
     */
    public synchronized void keep(String entry, AdapterWeights weights) {
        if (folder == null || folder.has(entry)) {
            return;
        }
        try {
            if (!isRefused(folder)) {
                folder.write(
                        entry, weights.copyBytes(), file -> PackedAdapterFile.write(file, weights));
            }
        } catch (ClosedByInterruptException | FileLockInterruptionException e) {
            log.debug("Stopped before packed adapter {} was kept", weights.name(), e);
        } catch (IllegalStateException e) {
            log.debug("Adapter {} was freed before it was kept", weights.name(), e);
        } catch (IOException e) {
            warn("Packed adapters are not kept in %s: %s".formatted(folder.path(), e));
        }
    }

    private boolean isRefused(CacheFolder used) throws IOException {
        var danger = used.danger();
        danger.ifPresent(
                why -> warn("Packed adapters are not kept in %s: %s".formatted(used.path(), why)));
        return danger.isPresent();
    }

    private void warn(String problem) {
        if (!problem.equals(lastProblem)) {
            lastProblem = problem;
            log.warn(problem);
        }
    }
}
