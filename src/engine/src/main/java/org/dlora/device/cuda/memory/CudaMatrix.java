package org.dlora.device.cuda.memory;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.dlora.device.CopyHeader;
import org.dlora.device.WeightMatrix;
import org.dlora.device.arguments.Arguments;
import org.dlora.device.cuda.driver.DeviceBuffer;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;

/** A {@link StridedMatrix} on a GPU. */
public final class CudaMatrix extends StridedMatrix {
    /** Version of the layout, counted up with every change. */
    private static final int VERSION = 1;

    private final CudaAccount account;
    private final DeviceBuffer buffer;

    private CudaMatrix(int rows, int columns, DType dtype, CudaAccount account) {
        super(rows, columns, dtype);
        this.account = account;
        this.buffer = account.allocate(bytes(rows, columns, dtype));
    }

    /** Returns the matrix of a GPU that a caller handed in. */
    public static CudaMatrix of(WeightMatrix matrix) {
        return Arguments.own(CudaMatrix.class, matrix, "a GPU");
    }

    /** Stacks tensors; see {@link org.dlora.device.Device#matrix}. */
    public static CudaMatrix of(
            List<Tensor> parts, DType storage, CudaAccount account, Transfers transfers) {
        var content = new StoredRows(parts, storage);
        var matrix = new CudaMatrix(content.rows(), content.columns(), storage, account);
        try {
            transfers.upload(matrix.address(), matrix.bytes(), matrix.rowBytes(), content);
        } catch (RuntimeException | Error e) {
            matrix.close();
            throw e;
        }
        return matrix;
    }

    /** Allocates a matrix with undefined elements. */
    public static CudaMatrix emptyLike(CudaMatrix other, CudaAccount account) {
        return new CudaMatrix(other.rows(), other.columns(), other.dtype(), account);
    }

    @Override
    public long bytes() {
        return buffer.bytes();
    }

    /**
     * Returns the address on the GPU.
     *
     * @throws IllegalStateException if the matrix was freed
     */
    public long address() {
        return buffer.address();
    }

    /** Returns the address of row {@code row}. */
    public long address(int row) {
        return address() + row * rowBytes();
    }

    private static CopyHeader header(int rows, int columns, DType dtype) {
        return new CopyHeader(
                "matrix",
                "cuda-rows%d-le".formatted(VERSION),
                dtype,
                List.of(rows, columns),
                bytes(rows, columns, dtype));
    }

    private CopyHeader header() {
        return header(rows(), columns(), dtype());
    }

    /** Returns the bytes of a copy. */
    public long copyBytes() {
        return header().copyBytes();
    }

    /** Copies the matrix out, behind a header. */
    public void copyOut(MemorySegment to, Transfers transfers) {
        transfers.download(address(), header().writeTo(to));
    }

    /** Allocates a matrix that is a copy of another one; see {@link CopyHeader}. */
    public static CudaMatrix copyIn(MemorySegment copy, CudaAccount account, Transfers transfers) {
        var given = CopyHeader.of(copy);
        int rows = given.shape().getFirst();
        int columns = given.shape().getLast();
        var content = header(rows, columns, given.dtype()).contentOf(copy);
        var matrix = new CudaMatrix(rows, columns, given.dtype(), account);
        try {
            transfers.upload(content, matrix.address());
        } catch (RuntimeException | Error e) {
            matrix.close();
            throw e;
        }
        return matrix;
    }

    /**
     * Allocates a copy of a matrix of this GPU, or of another one.
     *
     * @return empty if this GPU does not reach the memory of the other one
     */
    public static Optional<CudaMatrix> copyOf(
            CudaMatrix other, CudaAccount account, Transfers transfers) {
        var owner = other.account.context();
        if (!account.context().reaches(owner)) {
            return Optional.empty();
        }
        var matrix = emptyLike(other, account);
        try {
            transfers.copy(owner, other.address(), matrix.address(), matrix.bytes());
        } catch (RuntimeException | Error e) {
            matrix.close();
            throw e;
        }
        return Optional.of(matrix);
    }

    @Override
    public void close() {
        account.free(buffer);
    }
}
