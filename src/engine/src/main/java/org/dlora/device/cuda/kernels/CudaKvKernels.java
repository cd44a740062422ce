package org.dlora.device.cuda.kernels;

import java.lang.foreign.Arena;
import org.dlora.device.cuda.driver.Kernel;
import org.dlora.device.cuda.driver.Stream;

/** Launches of copies of a cache's blocks. */
public final class CudaKvKernels {
    private static final int THREADS = 256;
    private static final int VECTOR_BYTES = 16;

    private final Stream stream;
    private final Kernel read;
    private final Kernel write;

    public CudaKvKernels(LoadedKernels kernels, Stream stream, Arena arena) {
        this.stream = stream;
        read = kernels.kernel("kv_cache", "read_block", 5, arena);
        write = kernels.kernel("kv_cache", "write_block", 5, arena);
    }

    /** Copies a block of all layers to {@code to}. */
    public void read(long kv, int layers, long layerBytes, long blockBytes, int block, long to) {
        launch(read, kv, layers, layerBytes, blockBytes, block, to);
    }

    /** Copies a block of all layers from {@code from}. */
    public void write(long kv, int layers, long layerBytes, long blockBytes, int block, long from) {
        launch(write, kv, layers, layerBytes, blockBytes, block, from);
    }

    private void launch(
            Kernel kernel,
            long kv,
            int layers,
            long layerBytes,
            long blockBytes,
            int block,
            long copy) {
        int blocks = Math.toIntExact(Math.ceilDiv(blockBytes, THREADS * VECTOR_BYTES));
        kernel.address(kv)
                .number(layerBytes)
                .number(blockBytes)
                .number(block)
                .address(copy)
                .launch(stream, blocks, layers, 1, THREADS, 0);
    }
}
