package org.dlora.model.cache;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;
import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLockInterruptionException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dlora.device.Device;
import org.dlora.device.MatrixPacker;
import org.dlora.device.PackedLayout;
import org.dlora.device.WeightMatrix;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Packer of one model's matrices that takes them from the cache where it can, and packs them
 * otherwise. It is used by one thread. It must be closed after the matrices, which may lie in the
 * file that it has mapped.
 */
public final class CachedWeights implements MatrixPacker, AutoCloseable {
    private static final System.Logger log = System.getLogger(CachedWeights.class.getName());

    private final Device device;
    private final @Nullable Target target;
    private final @Nullable CacheEntry entry;
    private final Map<String, MemorySegment> packed = new LinkedHashMap<>();

    /**
     * Place of the matrices in the cache.
     *
     * @param content {@link ContentHash} of the checkpoint
     * @param name of the entry
     */
    record Target(CacheFolder folder, String content, String name, PackedLayout layout) {}

    CachedWeights(Device device, @Nullable Target target, @Nullable CacheEntry entry) {
        this.device = device;
        this.target = target;
        this.entry = entry;
    }

    /** Returns a packer without a cache, which packs everything and keeps nothing. */
    public static CachedWeights none(Device device) {
        return new CachedWeights(device, null, null);
    }

    /** Returns whether matrices come from the cache. */
    public boolean isFound() {
        return entry != null;
    }

    /**
     * Returns the {@link ContentHash} of the checkpoint's files; empty if it was not needed, as
     * without a cache.
     */
    public Optional<String> content() {
        return Optional.ofNullable(target).map(Target::content);
    }

    /** Returns {@code parts} stacked, as {@link Device#matrix} does it. */
    @Override
    public WeightMatrix matrix(List<Tensor> parts, DType storage) {
        if (target == null) {
            return device.matrix(parts, storage);
        }
        var name = parts.stream().map(Tensor::name).collect(joining("+"));
        var found = found(name, parts, storage, target.layout());
        if (found.isPresent()) {
            return found.get();
        }
        var matrix = device.matrix(parts, storage);
        packed.put(name, target.layout().bytesOf(matrix));
        return matrix;
    }

    private Optional<WeightMatrix> found(
            String name, List<Tensor> parts, DType storage, PackedLayout layout) {
        if (entry == null) {
            return Optional.empty();
        }
        int rows = parts.stream().mapToInt(part -> part.size(0)).reduce(0, Math::addExact);
        int columns = parts.getFirst().size(1);
        long bytes = layout.bytes(rows, columns, storage);
        return entry.matrix(name)
                .filter(found -> found.byteSize() >= bytes)
                .map(found -> layout.adopt(rows, columns, storage, found.asSlice(0, bytes)));
    }

    /**
     * Begins to write the matrices to the cache, on a thread of its own. Matrices that came from
     * the cache are not written. A failure is logged.
     *
     * @return stops the writing when it is closed; close it before the matrices
     */
    public AutoCloseable keep() {
        var writer = new Thread(this::keepNow, "dlora-weights-cache");
        writer.setDaemon(true);
        writer.start();
        return () -> {
            writer.interrupt();
            writer.join();
        };
    }

    /** Writes as {@link #keep} does, on the caller's thread. */
    void keepNow() {
        if (target == null || entry != null) {
            return;
        }
        try {
            long bytes = CacheEntryWriter.bytes(packed);
            boolean isWritten =
                    target.folder()
                            .write(
                                    target.name(),
                                    bytes,
                                    file -> CacheEntryWriter.write(file, packed));
            if (isWritten) {
                log.log(
                        INFO,
                        "Kept the packed weights in {0}, {1} MB",
                        target.folder().path(),
                        bytes >> 20);
            }
        } catch (ClosedByInterruptException | FileLockInterruptionException e) {
            log.log(DEBUG, "Stopped before the packed weights were kept", e);
        } catch (IOException e) {
            log.log(
                    WARNING,
                    "The packed weights are not kept in {0}: {1}",
                    target.folder().path(),
                    e.toString());
        }
    }

    /** Unmaps the file. Matrices in it must be closed already. */
    @Override
    public void close() {
        if (entry != null) {
            entry.close();
        }
    }
}
