package org.dlora.device.cuda.driver;

import java.lang.foreign.MemorySegment;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;

/**
 * Work of a GPU in the order in which it was asked for. Calls return before it is done. The thread
 * has {@link Context#enter entered} the context.
 */
public final class Stream implements AutoCloseable {
    private final Context context;
    final CUstream stream = new CUstream();
    private boolean isOpen = true;

    /** Launches that are held back; null if none are. */
    private @Nullable LaunchList held;

    Stream(Context context) {
        this.context = context;
        CudaException.check(
                JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING),
                "cuStreamCreate");
    }

    public Context context() {
        return context;
    }

    /** Takes launches into {@code list} from now on. */
    void hold(LaunchList list) {
        held = list;
    }

    @Nullable LaunchList held() {
        return held;
    }

    /** Leaves what is held back to the list's owner. */
    void letGo() {
        held = null;
    }

    /**
     * Launches what is held back, for what is not in the order of the stream: a free of memory, for
     * example.
     */
    public void issue() {
        if (held != null) {
            held.launch(this);
            held.clear();
        }
    }

    /** Copies to the GPU; {@code from} stays as it is until that is done. */
    public void upload(MemorySegment from, long to) {
        issue();
        if (from.byteSize() > 0) {
            CudaException.check(
                    JCudaDriver.cuMemcpyHtoDAsync(
                            new Address(to), new HostAddress(from), from.byteSize(), stream),
                    "cuMemcpyHtoDAsync");
        }
    }

    /** Copies to the host. */
    public void download(long from, MemorySegment to) {
        issue();
        if (to.byteSize() > 0) {
            CudaException.check(
                    JCudaDriver.cuMemcpyDtoHAsync(
                            new HostAddress(to), new Address(from), to.byteSize(), stream),
                    "cuMemcpyDtoHAsync");
        }
    }

    /** Copies within the GPU. */
    public void copy(long from, long to, long bytes) {
        issue();
        if (bytes > 0) {
            CudaException.check(
                    JCudaDriver.cuMemcpyDtoDAsync(
                            new Address(to), new Address(from), bytes, stream),
                    "cuMemcpyDtoDAsync");
        }
    }

    /** Fills memory of the GPU with zeros. */
    void clear(long to, long bytes) {
        issue();
        if (bytes > 0) {
            CudaException.check(
                    JCudaDriver.cuMemsetD8Async(new Address(to), (byte) 0, bytes, stream),
                    "cuMemsetD8Async");
        }
    }

    /** Copies to this stream's GPU from the memory of another one, {@code owner}. */
    public void copyFrom(Context owner, long from, long to, long bytes) {
        issue();
        if (bytes > 0) {
            CudaException.check(
                    JCudaDriver.cuMemcpyPeerAsync(
                            new Address(to),
                            context.context,
                            new Address(from),
                            owner.context,
                            bytes,
                            stream),
                    "cuMemcpyPeerAsync of %d bytes from cuda:%d to cuda:%d"
                            .formatted(bytes, owner.number(), context.number()));
        }
    }

    /** Waits until all work is done. */
    public void await() {
        issue();
        CudaException.check(JCudaDriver.cuStreamSynchronize(stream), "cuStreamSynchronize");
    }

    /** Makes the point after the work so far known as {@code event}. */
    public void record(Event event) {
        issue();
        CudaException.check(JCudaDriver.cuEventRecord(event.event, stream), "cuEventRecord");
    }

    /** Lets later work wait for {@code event}. */
    public void waitFor(Event event) {
        issue();
        CudaException.check(
                JCudaDriver.cuStreamWaitEvent(stream, event.event, 0), "cuStreamWaitEvent");
    }

    @Override
    public void close() {
        if (isOpen) {
            isOpen = false;
            context.enterToFree();
            JCudaDriver.cuStreamDestroy(stream);
        }
    }
}
