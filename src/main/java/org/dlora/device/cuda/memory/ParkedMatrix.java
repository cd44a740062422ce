package org.dlora.device.cuda.memory;

import java.lang.foreign.MemorySegment;
import org.dlora.device.WeightMatrix;
import org.dlora.device.cuda.driver.Context;
import org.dlora.device.cuda.driver.PinnedBuffer;
import org.dlora.tensor.DType;

/** A matrix in pinned memory of the host, in the layout of {@link CudaMatrix}. */
public final class ParkedMatrix implements WeightMatrix {
    private final int rows;
    private final int columns;
    private final DType dtype;
    private final Context context;
    private final PinnedBuffer buffer;

    private ParkedMatrix(int rows, int columns, DType dtype, Context context) {
        this.rows = rows;
        this.columns = columns;
        this.dtype = dtype;
        this.context = context;
        this.buffer = PinnedBuffer.allocate(context, CudaMatrix.bytes(rows, columns, dtype));
    }

    /** Allocates a copy of a matrix of the GPU that {@code account} is of. */
    public static ParkedMatrix copyOf(CudaMatrix matrix, CudaAccount account, Transfers transfers) {
        var parked =
                new ParkedMatrix(
                        matrix.rows(), matrix.columns(), matrix.dtype(), account.context());
        try {
            transfers.download(matrix.address(), parked.buffer);
        } catch (RuntimeException | Error e) {
            parked.close();
            throw e;
        }
        return parked;
    }

    /** Allocates a matrix with undefined elements. */
    public static ParkedMatrix emptyLike(ParkedMatrix other) {
        return new ParkedMatrix(other.rows, other.columns, other.dtype, other.context);
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int columns() {
        return columns;
    }

    @Override
    public DType dtype() {
        return dtype;
    }

    @Override
    public long bytes() {
        return buffer.bytes();
    }

    public boolean isBf16() {
        return dtype == DType.BF16;
    }

    /** Returns the elements from row to row. */
    public int stride() {
        return CudaMatrix.stride(columns);
    }

    /** Returns the bytes from row to row. */
    public long rowBytes() {
        return (long) stride() * dtype.bytes();
    }

    /**
     * Returns the rows {@code from .. to}, to be used until the matrix is closed.
     *
     * @throws IllegalStateException if it is
     */
    public MemorySegment rows(int from, int to) {
        if (!buffer.isOpen()) {
            throw new IllegalStateException("the memory was freed");
        }
        return buffer.segment().asSlice(from * rowBytes(), (to - from) * rowBytes());
    }

    /** Frees the memory, which no work of the GPU uses. */
    @Override
    public void close() {
        buffer.close();
    }
}
