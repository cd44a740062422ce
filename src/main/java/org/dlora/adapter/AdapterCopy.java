package org.dlora.adapter;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.dlora.device.CopyMismatchException;
import org.dlora.device.Device;
import org.dlora.model.DecoderSpec;

/**
 * An adapter's weights copied out of a device, by {@link AdapterWeights#copyOut}. A device that
 * lays out matrices alike takes them as they are. So the copy has the same version, and gives
 * results that are bit-identical.
 */
public final class AdapterCopy {
    /** Version of the format: four letters and a number. */
    static final int FORMAT = 0x64_4c_41_01;

    /** Bytes of format and size of the index. */
    static final long PREFIX = 2L * Integer.BYTES;

    static final int LOW_RANK = 0;
    static final int SHIFT = 1;
    static final int AFFINE = 2;
    static final int REPLACEMENT = 3;

    /** Number of a vector that is absent. */
    static final int NO_VECTOR = -1;

    private final MemorySegment bytes;
    private final String name;
    private final String version;
    private final long deviceBytes;
    private final long[] matrices;
    private final int[] vectors;
    private final byte[] terms;

    /**
     * Reads a copy, but not the weights in it.
     *
     * @param bytes must stay as they are while the copy is used
     * @throws CopyMismatchException if they are no whole copy of this format
     */
    public AdapterCopy(MemorySegment bytes) {
        this.bytes = bytes;
        try (var in = new DataInputStream(new ByteArrayInputStream(index(bytes)))) {
            name = in.readUTF();
            version = in.readUTF();
            deviceBytes = in.readLong();
            matrices = new long[in.readInt()];
            for (int i = 0; i < matrices.length; i++) {
                matrices[i] = in.readLong();
            }
            vectors = new int[in.readInt()];
            for (int i = 0; i < vectors.length; i++) {
                vectors[i] = in.readInt();
            }
            terms = in.readAllBytes();
        } catch (IOException e) {
            throw noCopy(bytes);
        }
        long size = vectorsAt() + IntStream.of(vectors).asLongStream().sum() * Float.BYTES;
        if (bytes.byteSize() != size) {
            throw new CopyMismatchException(
                    "%d bytes for a copy of adapter %s".formatted(bytes.byteSize(), name), size);
        }
    }

    private static byte[] index(MemorySegment bytes) {
        if (bytes.byteSize() < PREFIX) {
            throw noCopy(bytes);
        }
        int format = bytes.get(JAVA_INT_UNALIGNED, 0);
        if (format != FORMAT) {
            throw new CopyMismatchException(
                    "A copy of format %#x".formatted(format),
                    "format %#x, of an adapter".formatted(FORMAT));
        }
        int size = bytes.get(JAVA_INT_UNALIGNED, Integer.BYTES);
        if (size < 0 || size > bytes.byteSize() - PREFIX) {
            throw noCopy(bytes);
        }
        return bytes.asSlice(PREFIX, size).toArray(JAVA_BYTE);
    }

    private static CopyMismatchException noCopy(MemorySegment bytes) {
        return new CopyMismatchException(
                "%d bytes that are cut short".formatted(bytes.byteSize()),
                "a whole copy of an adapter");
    }

    private long vectorsAt() {
        int index = bytes.get(JAVA_INT_UNALIGNED, Integer.BYTES);
        return PREFIX + index + LongStream.of(matrices).sum();
    }

    /** Returns the adapter's name for clients. */
    public String name() {
        return name;
    }

    /** Returns the adapter's content hash. */
    public String version() {
        return version;
    }

    /** Returns the bytes of device memory that {@link #upload} takes. */
    public long deviceBytes() {
        return deviceBytes;
    }

    /**
     * Allocates the adapter's weights on a device, all or nothing.
     *
     * @param spec of the model that the device serves
     * @throws CopyMismatchException if the device lays out matrices in another way, or the adapter
     *     does not fit the model
     */
    public AdapterWeights upload(Device device, DecoderSpec spec) {
        var parts = new AdapterParts(device);
        try {
            long at = vectorsAt() - LongStream.of(matrices).sum();
            for (long size : matrices) {
                parts.addMatrix(bytes.asSlice(at, size));
                at += size;
            }
            for (int size : vectors) {
                parts.addVector(bytes.asSlice(at, (long) size * Float.BYTES));
                at += (long) size * Float.BYTES;
            }
            var reader = new TermReader(terms, parts, spec);
            return new AdapterWeights(
                    name,
                    version,
                    reader.terms(),
                    reader.merge(),
                    device,
                    parts.bytes(),
                    parts::close);
        } catch (IOException | IndexOutOfBoundsException e) {
            parts.close();
            throw noCopy(bytes);
        } catch (RuntimeException | Error e) {
            parts.close();
            throw e;
        }
    }
}
