package org.dlora.device.cuda.driver;

import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.JCudaDriver;

/** Kernels that the driver launches by one call, in the order of a stream. */
final class Graph implements AutoCloseable {
    private final Context context;
    private final CUgraphExec graph = new CUgraphExec();

    /** Makes a graph of launches, none of which runs. */
    Graph(LaunchList launches, Stream stream) {
        this.context = stream.context();
        var captured = capture(launches, stream);
        try {
            CudaException.check(
                    JCudaDriver.cuGraphInstantiate(graph, captured, 0), "cuGraphInstantiate");
        } finally {
            JCudaDriver.cuGraphDestroy(captured);
        }
    }

    private static CUgraph capture(LaunchList launches, Stream stream) {
        // Other threads may allocate meanwhile.
        CudaException.check(
                JCudaDriver.cuStreamBeginCapture(
                        stream.stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL),
                "cuStreamBeginCapture");
        var captured = new CUgraph();
        try {
            launches.launch(stream);
        } catch (RuntimeException e) {
            // The stream takes work again.
            if (JCudaDriver.cuStreamEndCapture(stream.stream, captured) == 0) {
                JCudaDriver.cuGraphDestroy(captured);
            }
            throw e;
        }
        CudaException.check(
                JCudaDriver.cuStreamEndCapture(stream.stream, captured), "cuStreamEndCapture");
        return captured;
    }

    void launch(Stream stream) {
        CudaException.check(JCudaDriver.cuGraphLaunch(graph, stream.stream), "cuGraphLaunch");
    }

    /** Frees the graph; what was launched still runs. */
    @Override
    public void close() {
        context.enterToFree();
        CudaException.checkFreed(JCudaDriver.cuGraphExecDestroy(graph), "cuGraphExecDestroy");
    }
}
