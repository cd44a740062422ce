package org.dlora.device.cuda.operations;

import org.dlora.device.cuda.driver.Context;
import org.dlora.device.cuda.driver.DeviceBuffer;
import org.jspecify.annotations.Nullable;

/** Memory of a GPU that grows to the largest size asked for. Its content is lost when it does. */
final class CudaScratch implements AutoCloseable {
    private final Context context;
    private @Nullable DeviceBuffer buffer;

    CudaScratch(Context context) {
        this.context = context;
    }

    /** Returns the address of at least {@code bytes} bytes. */
    long atLeast(long bytes) {
        if (buffer == null || buffer.bytes() < bytes) {
            if (buffer != null) {
                buffer.close();
            }
            buffer = DeviceBuffer.allocate(context, Math.max(bytes, 256));
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
