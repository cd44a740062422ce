package org.dlora.adapter.weights;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.dlora.device.CopyMismatchException;
import org.dlora.device.Device;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryUse;
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
    private final AdapterIndex index;

    /**
     * Reads a copy, but not the weights in it.
     *
     * @param bytes must stay as they are while the copy is used
     * @throws CopyMismatchException if they are no whole copy of this format
     */
    public AdapterCopy(MemorySegment bytes) {
        this.bytes = bytes;
        try {
            index = AdapterIndex.read(index(bytes));
        } catch (IOException e) {
            throw noCopy(bytes);
        }
        long size = matricesAt() + index.matrixBytes() + index.vectorBytes();
        if (bytes.byteSize() != size) {
            throw new CopyMismatchException(
                    "%d bytes for a copy of adapter %s".formatted(bytes.byteSize(), name()), size);
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

    private long matricesAt() {
        return PREFIX + bytes.get(JAVA_INT_UNALIGNED, Integer.BYTES);
    }

    /** Returns the adapter's name for clients. */
    public String name() {
        return index.name();
    }

    /** Returns the adapter's content hash. */
    public String version() {
        return index.version();
    }

    /** Returns the bytes of device memory that {@link #upload} takes. */
    public long deviceBytes() {
        return index.deviceBytes();
    }

    /**
     * Allocates the adapter's weights on a device, all or nothing. No ledger is asked.
     *
     * @param spec of the model that the device serves
     * @throws CopyMismatchException if the device lays out matrices in another way, or the adapter
     *     does not fit the model
     */
    public AdapterWeights upload(Device device, DecoderSpec spec) {
        var memory = MemoryLedger.unlimited().reserve(MemoryUse.ADAPTERS, deviceBytes());
        return upload(
                name(),
                new AdapterRestore(device, spec, memory, UploadPace.FULL, LoadOrigin.MEMORY));
    }

    /** Does the same as {@code restore} says, under a name of the caller's choice. */
    AdapterWeights upload(String as, AdapterRestore restore) {
        var at = new Cursor(matricesAt());
        try {
            return restore.weights(
                    as,
                    index,
                    (parts, i) -> parts.addMatrix(at.next(index.matrices()[i])),
                    i -> at.next((long) index.vectors()[i] * Float.BYTES));
        } catch (IOException e) {
            throw noCopy(bytes);
        }
    }

    /** The place of the next part. */
    private final class Cursor {
        private long at;

        Cursor(long at) {
            this.at = at;
        }

        MemorySegment next(long size) {
            var part = bytes.asSlice(at, size);
            at += size;
            return part;
        }
    }
}
