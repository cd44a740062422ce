package org.dlora.adapter.weights;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.dlora.device.CopyMismatchException;
import org.dlora.tensor.LoadException;

/** File of one packed adapter: an {@link AdapterCopy}, and the CRC-32C of its bytes. */
final class PackedAdapterFile {
    private static final long CHUNK = 1 << 20;
    private static final ValueLayout.OfInt SUM =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private PackedAdapterFile() {}

    /** Overwrites {@code file} with a copy of {@code weights}; waits until the disk has it. */
    static void write(Path file, AdapterWeights weights) throws IOException {
        try (var out = FileChannel.open(file, StandardOpenOption.WRITE)) {
            var sum = new CRC32C();
            weights.copyOut(part -> {
                sum.update(part.asByteBuffer());
                put(part.asByteBuffer(), out);
            });
            put(ByteBuffer.allocate(Integer.BYTES).putInt(0, (int) sum.getValue()), out);
            out.force(true);
        }
    }

    private static void put(ByteBuffer bytes, FileChannel out) throws IOException {
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }

    /**
     * Reads and checks a file that {@link #write} wrote, and allocates the weights.
     *
     * @param name the adapter's name for clients
     * @param version the adapter's content hash
     * @throws LoadException if the file is damaged or holds another version
     * @throws CopyMismatchException if the file is of another format or layout
     */
    static AdapterWeights read(Path file, String name, String version, AdapterRestore restore)
            throws IOException {
        try (var in = FileChannel.open(file, StandardOpenOption.READ);
                var arena = Arena.ofConfined()) {
            long size = in.size() - Integer.BYTES;
            if (size < 0) {
                throw damaged(file);
            }
            var bytes = in.map(MapMode.READ_ONLY, 0, in.size(), arena);
            var copy = bytes.asSlice(0, size);
            if (bytes.get(SUM, size) != sum(copy, restore.pace())) {
                throw damaged(file);
            }
            var found = new AdapterCopy(copy);
            if (!found.version().equals(version)) {
                throw new LoadException(
                        "%s holds version %s: expected %s"
                                .formatted(file, found.version(), version));
            }
            return found.upload(name, restore);
        } catch (InternalError e) {
            throw LoadException.cutShort(file.toString(), e);
        }
    }

    private static int sum(MemorySegment bytes, UploadPace pace) {
        var sum = new CRC32C();
        for (long at = 0; at < bytes.byteSize(); at += CHUNK) {
            long length = Math.min(CHUNK, bytes.byteSize() - at);
            sum.update(bytes.asSlice(at, length).asByteBuffer());
            pace.advanced(0);
        }
        return (int) sum.getValue();
    }

    private static LoadException damaged(Path file) {
        return new LoadException(file + ": is damaged, its checksum does not fit");
    }
}
