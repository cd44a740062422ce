package org.dlora.device.cuda.operations;

import org.dlora.device.cuda.driver.DeviceBuffer;
import org.dlora.device.cuda.driver.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Memory of a GPU that grows to the largest size asked for. Its content is lost when it does. Small
 * memory grows twofold, so that addresses, and the graphs with them, last.
 */
final class CudaScratch implements AutoCloseable {
    private static final long LEAST = 256;
    private static final long SMALL = 1 << 20;

    private final Stream stream;
    private @Nullable DeviceBuffer buffer;

    /**
     * @param stream that uses the memory
     */
    CudaScratch(Stream stream) {
        this.stream = stream;
    }

    /** Returns the address of at least {@code bytes} bytes. */
    long atLeast(long bytes) {
        if (buffer == null || buffer.bytes() < bytes) {
            if (buffer != null) {
                stream.issue();
                buffer.close();
            }
            long size = bytes < SMALL ? Math.max(LEAST, 2 * Long.highestOneBit(bytes)) : bytes;
            buffer = DeviceBuffer.allocate(stream.context(), size);
        }
        return buffer.address();
    }

    @Override
    public void close() {
        if (buffer != null) {
            buffer.close();
        }
    }
}
