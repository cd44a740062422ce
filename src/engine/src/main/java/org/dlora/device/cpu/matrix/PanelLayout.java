package org.dlora.device.cpu.matrix;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import org.dlora.device.CopyHeader;
import org.dlora.device.PackedLayout;
import org.dlora.device.WeightMatrix;
import org.dlora.device.cpu.memory.Memory;
import org.dlora.device.cpu.memory.MemoryAccount;
import org.dlora.device.cpu.natives.LargePages;
import org.dlora.tensor.DType;

/** The layout of {@link PanelMatrix}, the same for kernels in Java and in C. */
public record PanelLayout(int lanes, MemoryAccount account) implements PackedLayout {
    /**
     * Version of the layout, counted up with every change of what {@link PanelMatrix} describes.
     */
    private static final int VERSION = 1;

    @Override
    public String name() {
        var order = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? "le" : "be";
        return "panels%d-%dx32-%s".formatted(VERSION, lanes, order);
    }

    @Override
    public long bytes(int rows, int columns, DType storage) {
        return PanelMatrix.bytes(rows, columns, storage, lanes);
    }

    @Override
    public MemorySegment bytesOf(WeightMatrix matrix) {
        return ((PanelMatrix) matrix).segment().asSlice(0, matrix.bytes()).asReadOnly();
    }

    /** Returns the header of a copy of {@code matrix}. */
    public CopyHeader header(WeightMatrix matrix) {
        return header(matrix.rows(), matrix.columns(), matrix.dtype());
    }

    private CopyHeader header(int rows, int columns, DType storage) {
        long bytes = bytes(rows, columns, storage);
        return new CopyHeader("matrix", name(), storage, List.of(rows, columns), bytes);
    }

    /** Allocates a matrix that is a copy of another one; see {@link CopyHeader}. */
    public WeightMatrix copyIn(MemorySegment copy) {
        var given = CopyHeader.of(copy);
        int rows = given.shape().getFirst();
        int columns = given.shape().getLast();
        var content = header(rows, columns, given.dtype()).contentOf(copy);
        var matrix = new PanelMatrix(rows, columns, given.dtype(), lanes, account);
        matrix.segment().copyFrom(content);
        return matrix;
    }

    @Override
    public void advise(MemorySegment mapped) {
        LargePages.advise(mapped);
    }

    @Override
    public WeightMatrix adopt(int rows, int columns, DType storage, MemorySegment bytes) {
        long expected = bytes(rows, columns, storage);
        if (bytes.byteSize() != expected || bytes.address() % Memory.CACHE_LINE != 0) {
            throw new IllegalArgumentException(
                    "%d bytes at %#x: expected %d, on a boundary of %d"
                            .formatted(
                                    bytes.byteSize(),
                                    bytes.address(),
                                    expected,
                                    Memory.CACHE_LINE));
        }
        return new PanelMatrix(rows, columns, storage, lanes, Memory.adopted(bytes, account));
    }
}
