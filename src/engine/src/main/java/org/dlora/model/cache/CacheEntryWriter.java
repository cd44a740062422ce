package org.dlora.model.cache;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes a file that {@link CacheEntry} reads. It writes blocks of 16 MB on such boundaries: Linux
 * then keeps the file in large pages, and maps it with large pages.
 */
final class CacheEntryWriter implements AutoCloseable {
    private static final int BLOCK = 16 << 20;

    private final FileChannel out;
    private final ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);

    private CacheEntryWriter(Path file) throws IOException {
        this.out = FileChannel.open(file, StandardOpenOption.WRITE);
    }

    /** Overwrites {@code file} with {@code matrices} and waits until the disk has them. */
    static void write(Path file, Map<String, MemorySegment> matrices) throws IOException {
        var checksums = ChunkedCrc.of(List.copyOf(matrices.values()));
        try (var writer = new CacheEntryWriter(file)) {
            writer.put(MemorySegment.ofArray(header(matrices, checksums.byteSize())));
            for (var matrix : matrices.values()) {
                writer.put(matrix);
                writer.put(MemorySegment.ofArray(new byte[padding(matrix.byteSize())]));
            }
            writer.put(checksums);
            writer.flush();
            writer.out.force(true);
        }
    }

    /**
     * Returns the length of the JSON and the JSON, padded with spaces to {@link
     * CacheEntry#ALIGNMENT}.
     */
    private static byte[] header(Map<String, MemorySegment> matrices, long checksumBytes) {
        var json = JsonNodeFactory.instance.objectNode();
        long end = 0;
        for (var matrix : matrices.entrySet()) {
            long size = matrix.getValue().byteSize();
            end = describe(json, matrix.getKey(), end, size + padding(size));
        }
        describe(json, CacheEntry.CHECKSUMS, end, checksumBytes);
        var text = json.toString().getBytes(StandardCharsets.UTF_8);
        int length = text.length + padding(Long.BYTES + text.length);
        var header = ByteBuffer.allocate(Long.BYTES + length).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(length).put(text);
        while (header.hasRemaining()) {
            header.put((byte) ' ');
        }
        return header.array();
    }

    private static long describe(ObjectNode json, String name, long begin, long bytes) {
        var tensor = json.putObject(name);
        tensor.put("dtype", "U8");
        tensor.putArray("shape").add(bytes);
        tensor.putArray("data_offsets").add(begin).add(begin + bytes);
        return begin + bytes;
    }

    private static int padding(long bytes) {
        return (int) (-bytes & (CacheEntry.ALIGNMENT - 1));
    }

    /** Returns the bytes of the file that {@link #write} makes, without header and checksums. */
    static long bytes(Map<String, MemorySegment> matrices) {
        return matrices.values().stream().mapToLong(MemorySegment::byteSize).sum();
    }

    private void put(MemorySegment bytes) throws IOException {
        for (long done = 0; done < bytes.byteSize(); ) {
            int part = (int) Math.min(block.remaining(), bytes.byteSize() - done);
            MemorySegment.ofBuffer(block).asSlice(0, part).copyFrom(bytes.asSlice(done, part));
            block.position(block.position() + part);
            done += part;
            if (!block.hasRemaining()) {
                flush();
            }
        }
    }

    private void flush() throws IOException {
        block.flip();
        while (block.hasRemaining()) {
            out.write(block);
        }
        block.clear();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
