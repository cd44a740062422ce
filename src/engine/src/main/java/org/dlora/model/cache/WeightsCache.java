package org.dlora.model.cache;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.dlora.device.Device;
import org.dlora.device.PackedLayout;
import org.dlora.tensor.DType;
import org.dlora.tensor.LoadException;
import org.dlora.tensor.TensorSource;
import org.jspecify.annotations.Nullable;

/**
 * A folder with packed weights, so that a start need not pack again what an earlier one has packed.
 * An entry belongs to a checkpoint's <em>content</em>, to the layout and the numeric mode of the
 * device, and to the dtype.
 *
 * <p>The content is a SHA-256 of the files ({@link ContentHash}). Hashing reads the whole
 * checkpoint, which takes long on a slow disk, so the hash is remembered under the files' {@link
 * Fingerprint}. A change of content changes the fingerprint even if size and modification time are
 * set to what they were. The checkpoint is hashed again only after such a change, or where the
 * system has no inodes.
 *
 * <p>No problem with the folder ends a start: it is logged as a warning, and weights are packed as
 * without a cache. Entries are checked whole before they are used. A user who can write to the
 * folder can change the model. So the folder is created for its owner alone, and is not used where
 * others may write to it. The class is thread-safe, and safe to use by several processes at once.
 */
public final class WeightsCache {
    private static final System.Logger log = System.getLogger(WeightsCache.class.getName());

    /** Smaller checkpoints are packed in less time than it takes to find them. */
    private static final long WORTH_IT = 32L << 20;

    private final CacheFolder folder;
    private final long worthIt;
    private final InstantSource clock;

    /**
     * @param folder created when first needed
     * @param limit bytes of all entries; the least recently used are removed
     */
    public WeightsCache(Path folder, long limit) {
        this(folder, limit, WORTH_IT, InstantSource.system());
    }

    /**
     * @param worthIt bytes of the smallest checkpoint whose matrices are kept
     */
    WeightsCache(Path folder, long limit, long worthIt, InstantSource clock) {
        this.folder = new CacheFolder(folder, CacheEntry.SUFFIX, limit);
        this.worthIt = worthIt;
        this.clock = clock;
    }

    /**
     * Returns the path of a file beside the entries, for what else is found out about weights;
     * empty if the folder cannot be used.
     */
    public Optional<Path> beside(String name) {
        try {
            folder.create();
            return folder.danger().isPresent()
                    ? Optional.empty()
                    : Optional.of(folder.path().resolve(name));
        } catch (IOException e) {
            log.log(WARNING, "Nothing is kept in {0}: {1}", folder.path(), e.toString());
            return Optional.empty();
        }
    }

    /**
     * Looks for the matrices of {@code weights}.
     *
     * @param storage their dtype, {@code F32} or {@code BF16}
     * @return the packer for {@code device}, which takes matrices from the cache where they are
     *     there
     */
    public CachedWeights open(TensorSource weights, Device device, DType storage) {
        var layout = device.packedLayout();
        if (layout.isEmpty()) {
            return CachedWeights.none(device);
        }
        try {
            if (bytes(weights.files()) < worthIt) {
                return CachedWeights.none(device);
            }
            var danger = folder.danger();
            if (danger.isPresent()) {
                log.log(WARNING, "Weights are not cached in {0}: {1}", folder.path(), danger.get());
                return CachedWeights.none(device);
            }
            var content = content(weights);
            var name =
                    "%s-%s-%s-%s"
                            .formatted(content, layout.get().name(), device.numericMode(), storage);
            return new CachedWeights(
                    device,
                    new CachedWeights.Target(folder, content, name, layout.get()),
                    find(name, layout.get()));
        } catch (IOException | UncheckedIOException e) {
            log.log(WARNING, "Weights are not cached in {0}: {1}", folder.path(), e.toString());
            return CachedWeights.none(device);
        }
    }

    private String content(TensorSource weights) throws IOException {
        var fingerprint = Fingerprint.of(weights.files());
        if (fingerprint.isPresent()) {
            var known = folder.known(fingerprint.get());
            if (known.isPresent()) {
                return known.get();
            }
        }
        var now = clock.instant();
        var content = ContentHash.of(weights.files());
        if (fingerprint.isPresent() && fingerprint.get().isSettled(now)) {
            folder.remember(fingerprint.get(), content);
        }
        return content;
    }

    private @Nullable CacheEntry find(String name, PackedLayout layout) throws IOException {
        if (!folder.has(name)) {
            return null;
        }
        if (folder.isTooLarge(name)) {
            log.log(
                    WARNING,
                    "Removed the packed weights from {0}: they are larger than the limit now",
                    folder.path());
            folder.remove(name);
            return null;
        }
        try {
            var entry = CacheEntry.open(folder.path(), name, layout::advise);
            folder.use(name);
            log.log(INFO, "Weights are packed already, in {0}", folder.path());
            return entry;
        } catch (LoadException e) {
            log.log(WARNING, "Packing weights anew: {0}", e.getMessage());
            return null;
        }
    }

    private static long bytes(List<Path> files) throws IOException {
        long bytes = 0;
        for (var file : files) {
            bytes += Files.size(file);
        }
        return bytes;
    }
}
