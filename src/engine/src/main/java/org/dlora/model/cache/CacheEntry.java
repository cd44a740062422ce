package org.dlora.model.cache;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.dlora.tensor.LoadException;
import org.dlora.tensor.SafetensorsFolder;

/**
 * The packed matrices of one model in a safetensors file of bytes ({@code U8}). Each matrix has the
 * names of its tensors and is padded to 64 bytes; the {@link ChunkedCrc} of all follow. The file is
 * mapped, so that servers of the same model share its pages. It is read whole once, to be checked.
 */
final class CacheEntry implements AutoCloseable {
    static final String SUFFIX = ".safetensors";
    static final String CHECKSUMS = "checksums";
    static final long ALIGNMENT = 64;

    private final SafetensorsFolder file;
    private final Map<String, MemorySegment> matrices;

    private CacheEntry(SafetensorsFolder file, Map<String, MemorySegment> matrices) {
        this.file = file;
        this.matrices = matrices;
    }

    /**
     * Maps and checks the entry called {@code name} in {@code folder}.
     *
     * @param advice gets each matrix before it is read for the first time
     * @throws LoadException if the file is missing or is not what was written
     */
    @SuppressWarnings("MustBeClosed") // The entry owns the file and closes it.
    static CacheEntry open(Path folder, String name, Consumer<MemorySegment> advice) {
        var file = SafetensorsFolder.open(folder, name);
        try {
            var matrices = new LinkedHashMap<String, MemorySegment>();
            file.names().forEach(tensor -> matrices.put(tensor, file.tensor(tensor).data()));
            var found = Optional.ofNullable(matrices.remove(CHECKSUMS));
            matrices.values().forEach(advice);
            var expected = ChunkedCrc.of(new ArrayList<>(matrices.values()));
            if (found.isEmpty() || found.get().mismatch(expected) != -1) {
                throw new LoadException(name + SUFFIX + ": is damaged, its checksums do not fit");
            }
            return new CacheEntry(file, matrices);
        } catch (InternalError e) {
            file.close();
            throw LoadException.cutShort(name + SUFFIX, e);
        } catch (RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    /** Returns the matrix called {@code name}, possibly padded. */
    Optional<MemorySegment> matrix(String name) {
        return Optional.ofNullable(matrices.get(name));
    }

    /** Unmaps the file. */
    @Override
    public void close() {
        file.close();
    }
}
