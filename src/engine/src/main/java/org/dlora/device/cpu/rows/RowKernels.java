package org.dlora.device.cpu.rows;

import java.lang.foreign.MemorySegment;
import org.dlora.device.cpu.memory.CpuKvCache;
import org.dlora.device.cpu.memory.CpuVector;
import org.dlora.device.cpu.memory.FloatRows;

/**
 * Row-wise kernels of a transformer layer: norms, rotary embedding, activation, and writes to the
 * KV cache. No row depends on another, so each worker calls a kernel for its own rows. Every
 * implementation does the same float operations in the same order for an element. So the results
 * agree bit for bit.
 */
public interface RowKernels {

    /** {@code y = x / sqrt(mean(x²) + eps) · weight} per row. */
    void rmsNorm(FloatRows x, CpuVector weight, float eps, FloatRows y, int rows);

    /** {@code residual += x}, then {@code y = rmsNorm(residual)}. */
    void addRmsNorm(
            FloatRows x, FloatRows residual, CpuVector weight, float eps, FloatRows y, int rows);

    /** {@link #rmsNorm} of each head in place. */
    void headNorm(FloatRows x, CpuVector weight, float eps, int rows, int heads);

    /**
     * Rotates heads in place.
     *
     * @param positions int32, from byte {@code positionsOffset} on, one of each row
     */
    void rope(
            FloatRows x,
            CpuVector cos,
            CpuVector sin,
            MemorySegment positions,
            long positionsOffset,
            int rows,
            int heads,
            int headDim);

    /** {@code y = silu(gate)·up}; a row of x is n gates, then n ups. */
    void siluMul(FloatRows x, FloatRows y, int rows, int n);

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
            FloatRows keys,
            int rows);
}
