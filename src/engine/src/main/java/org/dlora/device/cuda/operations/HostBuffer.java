package org.dlora.device.cuda.operations;

import java.lang.foreign.MemorySegment;
import org.dlora.device.cuda.driver.Context;
import org.dlora.device.cuda.driver.PinnedBuffer;
import org.jspecify.annotations.Nullable;

/** Pinned memory of the host that grows to the largest size asked for. */
final class HostBuffer implements AutoCloseable {
    private final Context context;
    private @Nullable PinnedBuffer buffer;

    HostBuffer(Context context) {
        this.context = context;
    }

    /** Returns {@code bytes} bytes, of the same memory each time unless it has to grow. */
    MemorySegment of(long bytes) {
        if (buffer == null || buffer.bytes() < bytes) {
            if (buffer != null) {
                buffer.close();
            }
            buffer = PinnedBuffer.allocate(context, Math.max(2 * bytes, 4096));
        }
        return buffer.segment().asSlice(0, bytes);
    }

    @Override
    public void close() {
        if (buffer != null) {
            buffer.close();
        }
    }
}
