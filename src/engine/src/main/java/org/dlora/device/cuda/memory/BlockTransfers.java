package org.dlora.device.cuda.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.dlora.device.cuda.driver.Context;
import org.dlora.device.cuda.driver.DeviceBuffer;
import org.dlora.device.cuda.driver.Event;
import org.dlora.device.cuda.driver.PinnedBuffer;
import org.dlora.device.cuda.driver.Stream;
import org.dlora.device.cuda.kernels.CudaKvKernels;
import org.dlora.device.cuda.kernels.LoadedKernels;
import org.jspecify.annotations.Nullable;

/**
 * Copies of KV blocks between a GPU and the host, on a stream of their own. A kernel gathers the
 * layers of a block, so that one copy takes all of them. Thread-safe, one copy at a time.
 */
public final class BlockTransfers implements AutoCloseable {
    private final Context context;
    private final Stream stream;
    private final CudaKvKernels kernels;
    private @Nullable DeviceBuffer gathered;
    private @Nullable PinnedBuffer pinned;

    /**
     * @param arena holds the kernels' arguments as long as this is used
     */
    public BlockTransfers(Context context, LoadedKernels loaded, Arena arena) {
        this.context = context;
        stream = context.stream();
        kernels = new CudaKvKernels(loaded, stream, arena);
    }

    /** A cache, as its layers lie on the GPU. */
    record Layers(long address, int layers, long layerBytes, long blockBytes) {
        long copyBytes() {
            return layers * blockBytes;
        }
    }

    /**
     * Copies a block out.
     *
     * @param written the work that has written the cache
     */
    synchronized void read(Layers of, int block, Event written, MemorySegment to) {
        context.enter();
        stream.waitFor(written);
        var host = host(of.copyBytes());
        long all = gathered(of.copyBytes());
        kernels.read(of.address(), of.layers(), of.layerBytes(), of.blockBytes(), block, all);
        stream.download(all, host);
        stream.await();
        to.copyFrom(host);
    }

    /**
     * Copies a block in.
     *
     * @param used the work that has used the cache
     */
    synchronized void write(Layers of, int block, Event used, MemorySegment from) {
        context.enter();
        stream.waitFor(used);
        var host = host(of.copyBytes());
        long all = gathered(of.copyBytes());
        host.copyFrom(from);
        stream.upload(host, all);
        kernels.write(of.address(), of.layers(), of.layerBytes(), of.blockBytes(), block, all);
        stream.await();
    }

    private long gathered(long bytes) {
        if (gathered == null || gathered.bytes() < bytes) {
            if (gathered != null) {
                gathered.close();
            }
            gathered = DeviceBuffer.allocate(context, bytes);
        }
        return gathered.address();
    }

    private MemorySegment host(long bytes) {
        if (pinned == null || pinned.bytes() < bytes) {
            if (pinned != null) {
                pinned.close();
            }
            pinned = PinnedBuffer.allocate(context, bytes);
        }
        return pinned.segment().asSlice(0, bytes);
    }

    @Override
    public synchronized void close() {
        stream.close();
        if (gathered != null) {
            gathered.close();
        }
        if (pinned != null) {
            pinned.close();
        }
    }
}
