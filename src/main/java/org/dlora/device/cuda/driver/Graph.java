package org.dlora.device.cuda.driver;

import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.JCudaDriver;

/** Work of a stream that was recorded once and is launched as a whole (a CUDA graph). */
public final class Graph implements AutoCloseable {
    private final Context context;
    private final CUgraphExec executable = new CUgraphExec();
    private boolean isOpen = true;

    Graph(Context context, CUgraph recorded) {
        this.context = context;
        int state = JCudaDriver.cuGraphInstantiate(executable, recorded, 0L);
        JCudaDriver.cuGraphDestroy(recorded);
        CudaException.check(state, "cuGraphInstantiate");
    }

    public void launch(Stream stream) {
        CudaException.check(
                JCudaDriver.cuGraphLaunch(executable, stream.stream), "cuGraphLaunch");
    }

    @Override
    public void close() {
        if (isOpen) {
            isOpen = false;
            context.enterToFree();
            JCudaDriver.cuGraphExecDestroy(executable);
        }
    }
}
