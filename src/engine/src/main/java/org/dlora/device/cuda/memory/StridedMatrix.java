package org.dlora.device.cuda.memory;

import org.dlora.device.WeightMatrix;
import org.dlora.tensor.DType;

/**
 * A matrix {@code [rows][stride]}, on a GPU or parked. The stride is the columns rounded up to 8,
 * with zeros behind the last column, so that kernels load 16 bytes at a time.
 */
public abstract sealed class StridedMatrix implements WeightMatrix
        permits CudaMatrix, ParkedMatrix {
    private static final int CHUNK = 8;

    private final int rows;
    private final int columns;
    private final DType dtype;

    StridedMatrix(int rows, int columns, DType dtype) {
        this.rows = rows;
        this.columns = columns;
        this.dtype = dtype;
    }

    /** Returns the bytes of such a matrix. */
    public static long bytes(int rows, int columns, DType dtype) {
        return (long) rows * stride(columns) * dtype.bytes();
    }

    static int stride(int columns) {
        return Math.ceilDiv(columns, CHUNK) * CHUNK;
    }

    @Override
    public final int rows() {
        return rows;
    }

    @Override
    public final int columns() {
        return columns;
    }

    @Override
    public final DType dtype() {
        return dtype;
    }

    public final boolean isBf16() {
        return dtype == DType.BF16;
    }

    /** Returns the elements from row to row. */
    public final int stride() {
        return stride(columns);
    }

    /** Returns the bytes from row to row. */
    public final long rowBytes() {
        return (long) stride() * dtype.bytes();
    }
}
