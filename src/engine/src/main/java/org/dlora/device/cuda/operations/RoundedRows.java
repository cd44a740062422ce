package org.dlora.device.cuda.operations;

import org.dlora.device.cuda.driver.Stream;
import org.dlora.device.cuda.kernels.CudaRowKernels;
import org.dlora.device.cuda.memory.CudaActivations;

/** Rows rounded to bfloat16, as products on tensor cores take them. */
final class RoundedRows implements AutoCloseable {
    private static final int CHUNK = 8;

    private final CudaRowKernels kernels;
    private final CudaScratch memory;

    RoundedRows(CudaRowKernels kernels, Stream stream) {
        this.kernels = kernels;
        this.memory = new CudaScratch(stream);
    }

    /** Returns the elements from row to row. */
    static int stride(CudaActivations x) {
        return Math.ceilDiv(x.width(), CHUNK) * CHUNK;
    }

    /**
     * Rounds rows {@code from .. to}.
     *
     * @return the address of row 0; valid until the next call
     */
    long of(CudaActivations x, int from, int to) {
        int stride = stride(x);
        long rounded = memory.atLeast(2L * to * stride);
        kernels.roundRows(
                x.address(from), x.width(), to - from, rounded + 2L * from * stride, stride);
        return rounded;
    }

    @Override
    public void close() {
        memory.close();
    }
}
