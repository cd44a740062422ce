package org.dlora.device.cpu.rows;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import org.dlora.device.KvLayout;
import org.dlora.device.cpu.kernels.Kernels;
import org.dlora.device.cpu.memory.CpuKvCache;
import org.dlora.device.cpu.memory.CpuVector;
import org.dlora.device.cpu.memory.FloatRows;

/** {@link RowKernels} in Java. */
public final class JavaRows implements RowKernels {
    private final Kernels kernels;

    public JavaRows(Kernels kernels) {
        this.kernels = kernels;
    }

    @Override
    public void rmsNorm(FloatRows x, CpuVector weight, float eps, FloatRows y, int rows) {
        for (int row = 0; row < rows; row++) {
            norm(x.segment(), x.row(row), weight, eps, y.segment(), y.row(row));
        }
    }

    @Override
    public void addRmsNorm(
            FloatRows x, FloatRows residual, CpuVector weight, float eps, FloatRows y, int rows) {
        for (int row = 0; row < rows; row++) {
            long sum = residual.row(row);
            kernels.add(x.segment(), x.row(row), residual.segment(), sum, weight.size());
            norm(residual.segment(), sum, weight, eps, y.segment(), y.row(row));
        }
    }

    @Override
    public void headNorm(FloatRows x, CpuVector weight, float eps, int rows, int heads) {
        for (int row = 0; row < rows; row++) {
            for (int head = 0; head < heads; head++) {
                long offset = x.row(row) + 4L * head * weight.size();
                norm(x.segment(), offset, weight, eps, x.segment(), offset);
            }
        }
    }

    private void norm(
            MemorySegment x,
            long xOffset,
            CpuVector weight,
            float eps,
            MemorySegment y,
            long yOffset) {
        kernels.rmsNorm(x, xOffset, weight.segment(), eps, y, yOffset, weight.size());
    }

    @Override
    public void rope(
            FloatRows x,
            CpuVector cos,
            CpuVector sin,
            MemorySegment positions,
            long positionsOffset,
            int rows,
            int heads,
            int headDim) {
        int half = headDim / 2;
        for (int row = 0; row < rows; row++) {
            long angles = 4L * half * positions.get(JAVA_INT, positionsOffset + 4L * row);
            for (int head = 0; head < heads; head++) {
                long offset = x.row(row) + 4L * head * headDim;
                kernels.rotate(x.segment(), offset, half, cos.segment(), sin.segment(), angles);
            }
        }
    }

    @Override
    public void siluMul(FloatRows x, FloatRows y, int rows, int n) {
        for (int row = 0; row < rows; row++) {
            long gate = x.row(row);
            kernels.siluMul(x.segment(), gate, gate + 4L * n, y.segment(), y.row(row), n);
        }
    }

    @Override
    public void writeKv(
            CpuKvCache cache,
            int layer,
            MemorySegment slots,
            long slotsOffset,
            FloatRows keys,
            int rows) {
        int kvHeads = cache.layout().kvHeads();
        long headBytes = 4L * cache.layout().headDim();
        for (int row = 0; row < rows; row++) {
            int slot = slots.get(JAVA_INT, slotsOffset + 4L * row);
            int block = slot / KvLayout.BLOCK_TOKENS;
            for (int head = 0; head < kvHeads; head++) {
                long key = keys.row(row) + head * headBytes;
                cache.write(
                        layer,
                        block,
                        slot % KvLayout.BLOCK_TOKENS,
                        head,
                        keys.segment(),
                        key,
                        key + kvHeads * headBytes);
            }
        }
    }
}
