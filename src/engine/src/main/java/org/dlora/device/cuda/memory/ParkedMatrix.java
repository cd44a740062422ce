package org.dlora.device.cuda.memory;

import java.lang.foreign.MemorySegment;
import org.dlora.device.cuda.driver.Context;
import org.dlora.device.cuda.driver.PinnedBuffer;
import org.dlora.tensor.DType;

/** A {@link StridedMatrix} in pinned memory of the host. */
public final class ParkedMatrix extends StridedMatrix {
    private final Context context;
    private final PinnedBuffer buffer;

    private ParkedMatrix(int rows, int columns, DType dtype, Context context) {
        super(rows, columns, dtype);
        this.context = context;
        this.buffer = PinnedBuffer.allocate(context, bytes(rows, columns, dtype));
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
        return new ParkedMatrix(other.rows(), other.columns(), other.dtype(), other.context);
    }

    @Override
    public long bytes() {
        return buffer.bytes();
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
