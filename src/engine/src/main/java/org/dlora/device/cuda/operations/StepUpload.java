package org.dlora.device.cuda.operations;

import java.lang.foreign.MemorySegment;
import org.dlora.device.cuda.driver.Event;
import org.dlora.device.cuda.driver.Stream;

/** Small data of each step that is written on the host and copied to the GPU in one piece. */
final class StepUpload implements AutoCloseable {
    private final Stream stream;
    private final HostBuffer host;
    private final CudaScratch device;

    /** Recorded behind each copy, which the host's memory is read by until then. */
    private final Event copied;

    StepUpload(Stream stream) {
        this.stream = stream;
        host = new HostBuffer(stream.context());
        device = new CudaScratch(stream);
        copied = new Event(stream.context());
    }

    /** Returns memory for the next step's data, once that of the step before was copied. */
    MemorySegment next(long bytes) {
        copied.await();
        return host.of(bytes);
    }

    /** Copies the data, and returns its address on the GPU; valid in work from now on. */
    long copy(MemorySegment data) {
        long to = device.atLeast(data.byteSize());
        stream.upload(data, to);
        stream.record(copied);
        return to;
    }

    @Override
    public void close() {
        host.close();
        device.close();
        copied.close();
    }
}
