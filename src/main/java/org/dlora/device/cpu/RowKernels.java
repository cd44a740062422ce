package org.dlora.device.cpu;

import java.lang.foreign.MemorySegment;
import org.dlora.device.cpu.Kernels.Rows;

/**
 * The operations that compute each row by itself, for a share of the rows at a time. Every
 * implementation does the same float operations in the same order for an element, so the results
 * agree bit for bit.
 */
interface RowKernels {

    /** {@code y = x / sqrt(mean(x²) + eps) · weight} per row. */
    void rmsNorm(Rows x, CpuVector weight, float eps, Rows y, int rows);

    /** {@code residual += x}, then {@code y = rmsNorm(residual)}. */
    void addRmsNorm(Rows x, Rows residual, CpuVector weight, float eps, Rows y, int rows);

    /** {@link #rmsNorm} of each head in place. */
    void headNorm(Rows x, CpuVector weight, float eps, int rows, int heads);

    /**
     * Rotates heads in place.
     *
     * @param positions int32, from byte {@code positionsOffset} on, one of each row
     */
    void rope(
            Rows x,
            CpuVector cos,
            CpuVector sin,
            MemorySegment positions,
            long positionsOffset,
            int rows,
            int heads,
            int headDim);

    /** {@code y = silu(gate)·up}; a row of x is n gates, then n ups. */
    void siluMul(Rows x, Rows y, int rows, int n);

    /**
     * Stores keys and values.
     *
     * @param slots int32, from byte {@code slotsOffset} on, one of each row: 16·block + position in
     *     the block
     * @param keys at the first key; the values follow the keys
     */
    void writeKv(
            CpuKvCache cache,
            int layer,
            MemorySegment slots,
            long slotsOffset,
            Rows keys,
            int rows);
}
