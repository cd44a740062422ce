package org.dlora.device.cuda.driver;

import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.JCudaDriver;

/** A point in the work of a stream that others wait for. */
public final class Event implements AutoCloseable {
    private final Context context;
    final CUevent event = new CUevent();
    private boolean isOpen = true;

    public Event(Context context) {
        this.context = context;
        context.enter();
        CudaException.check(
                JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING),
                "cuEventCreate");
    }

    /** Waits until the stream has passed the point last recorded; not at all if there is none. */
    public void await() {
        CudaException.check(JCudaDriver.cuEventSynchronize(event), "cuEventSynchronize");
    }

    @Override
    public void close() {
        if (isOpen) {
            isOpen = false;
            context.enterToFree();
            JCudaDriver.cuEventDestroy(event);
        }
    }
}
