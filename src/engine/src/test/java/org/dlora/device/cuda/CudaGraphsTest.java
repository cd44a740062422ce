package org.dlora.device.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import jcuda.driver.CUgraph;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import org.dlora.device.Activations;
import org.dlora.device.DeviceLostException;
import org.dlora.device.LoraBatch;
import org.dlora.device.RaggedBatch;
import org.dlora.device.StepEpoch;
import org.dlora.device.WeightMatrix;
import org.dlora.device.cuda.driver.Context;
import org.dlora.device.cuda.driver.CudaException;
import org.dlora.device.cuda.driver.GraphCache;
import org.dlora.device.cuda.memory.CudaActivations;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Graphs of a step's launches, on a GPU whose errors no other test sees. */
@ExtendWith(NeedsCuda.class)
class CudaGraphsTest {
    private static final int GPU = 3;
    private static final int WIDTH = 16;

    /** Name in the driver of today's {@code cuGraphInstantiate}. */
    private static final String INSTANTIATE = "cuGraphInstantiateWithFlags";

    private final float[][] rows = new Numbers(1).rows(40, WIDTH);

    /** A step that gives rows of a table. */
    private static void step(Session session, WeightMatrix table, int[] tokens, Activations out) {
        var batch = new RaggedBatch(tokens, new int[tokens.length], List.of());
        try (var step =
                session.operations.begin(
                        batch, new int[0], LoraBatch.NONE, new StepEpoch(table, 0))) {
            step.embed(table, out);
        }
    }

    private WeightMatrix table(Session session) {
        return session.matrix(DType.F32, Numbers.tensor(rows));
    }

    private static long launches() {
        return StandIn.calls("cuGraphLaunch");
    }

    private static long instances() {
        return StandIn.calls(INSTANTIATE);
    }

    private void expect(Session session, Activations out, int... tokens) {
        var given = session.download(out);
        for (int i = 0; i < tokens.length; i++) {
            assertThat(given[i]).isEqualTo(rows[tokens[i]]);
        }
    }

    @Test
    void launchesThatComeAgainAreAGraphFromTheSecondTimeOn() {
        try (var device = CudaDevice.gpu(GPU);
                var session = new Session(device, 1)) {
            var table = table(session);
            var out = session.buffer(8, WIDTH);
            long before = launches();
            step(session, table, new int[] {1, 2, 3}, out);
            assertThat(launches()).isEqualTo(before);
            expect(session, out, 1, 2, 3);
            step(session, table, new int[] {4, 5, 6}, out);
            assertThat(launches()).isEqualTo(before + 1);
            expect(session, out, 4, 5, 6);
            long made = instances();
            step(session, table, new int[] {7, 8, 9, 10}, out);
            assertThat(launches()).as("three rows are padded to four").isEqualTo(before + 2);
            expect(session, out, 7, 8, 9, 10);
            step(session, table, new int[] {1, 2, 3, 4, 5}, out);
            assertThat(launches()).as("other rows").isEqualTo(before + 2);
            expect(session, out, 1, 2, 3, 4, 5);
            assertThat(instances()).isEqualTo(made);
        }
    }

    @Test
    void anotherThreadMayAllocateWhileAStreamIsCaptured() throws Exception {
        try (var context = Context.open(GPU)) {
            var stream = new CUstream();
            assertThat(JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING))
                    .isZero();
            assertThat(
                            JCudaDriver.cuStreamBeginCapture(
                                    stream,
                                    CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL))
                    .isZero();
            CompletableFuture.runAsync(() -> new CudaActivations(context, 4, WIDTH).close())
                    .get(1, TimeUnit.MINUTES);
            var graph = new CUgraph();
            assertThat(JCudaDriver.cuStreamEndCapture(stream, graph)).isZero();
            JCudaDriver.cuGraphDestroy(graph);
            JCudaDriver.cuStreamDestroy(stream);
        }
    }

    @Test
    void otherMemoryIsAnotherGraph() {
        try (var device = CudaDevice.gpu(GPU);
                var session = new Session(device, 1)) {
            var table = table(session);
            var first = session.buffer(4, WIDTH);
            var second = session.buffer(4, WIDTH);
            for (int i = 0; i < 3; i++) {
                step(session, table, new int[] {1, 2}, first);
                step(session, table, new int[] {3, 4}, second);
                expect(session, first, 1, 2);
                expect(session, second, 3, 4);
            }
        }
    }

    @Test
    void theGraphNotUsedForLongestGoesWhereThereAreMany() {
        try (var device = CudaDevice.gpu(GPU);
                var session = new Session(device, 1)) {
            var table = table(session);
            long made = instances();
            long gone = StandIn.calls("cuGraphExecDestroy");
            var first = session.buffer(4, WIDTH);
            step(session, table, new int[] {1, 2}, first);
            for (int i = 0; i < 140; i++) {
                var out = session.buffer(4, WIDTH);
                step(session, table, new int[] {3, 4}, out);
                step(session, table, new int[] {5, 6}, out);
                expect(session, out, 5, 6);
                step(session, table, new int[] {1, 2}, first);
            }
            assertThat(instances() - made).isEqualTo(141);
            assertThat(StandIn.calls("cuGraphExecDestroy") - gone).isEqualTo(141 - 128);
            long before = launches();
            step(session, table, new int[] {7, 8}, first);
            assertThat(launches()).as("was in use").isEqualTo(before + 1);
        }
    }

    @Test
    void stepsOfManyRowsAreLaunchedKernelByKernel() {
        try (var device = CudaDevice.gpu(GPU);
                var session = new Session(device, 1)) {
            var table = table(session);
            var out = session.buffer(300, WIDTH);
            long before = launches();
            for (int i = 0; i < 3; i++) {
                step(session, table, new int[300], out);
            }
            assertThat(launches()).isEqualTo(before);
        }
    }

    @Test
    void aGraphThatCannotBeMadeLeavesSingleLaunches() {
        for (var call : List.of("cuStreamBeginCapture", INSTANTIATE)) {
            try (var device = CudaDevice.gpu(GPU);
                    var session = new Session(device, 1)) {
                var table = table(session);
                var out = session.buffer(4, WIDTH);
                step(session, table, new int[] {1, 2}, out);
                StandIn.failNext(call, StandIn.OUT_OF_MEMORY, 0);
                long before = launches();
                for (int i = 3; i < 9; i++) {
                    step(session, table, new int[] {i, i + 1}, out);
                    expect(session, out, i, i + 1);
                }
                assertThat(launches()).as(call).isEqualTo(before);
            }
        }
    }

    @Test
    void aLaunchThatFailsWhileAGraphIsMadeLeavesSingleLaunches() {
        try (var device = CudaDevice.gpu(GPU);
                var session = new Session(device, 1)) {
            var table = table(session);
            var out = session.buffer(4, WIDTH);
            step(session, table, new int[] {1, 2}, out);
            StandIn.failNext("cuLaunchKernel", StandIn.LAUNCH_OUT_OF_RESOURCES, 0);
            step(session, table, new int[] {3, 4}, out);
            expect(session, out, 3, 4);
        }
    }

    @Test
    void aGraphThatIsRefusedIsNamedAndTheNextStepGoesThrough() {
        try (var device = CudaDevice.gpu(GPU);
                var session = new Session(device, 1)) {
            var table = table(session);
            var out = session.buffer(4, WIDTH);
            step(session, table, new int[] {1, 2}, out);
            step(session, table, new int[] {3, 4}, out);
            StandIn.failNext("cuGraphLaunch", StandIn.LAUNCH_OUT_OF_RESOURCES, 0);
            assertThatThrownBy(() -> step(session, table, new int[] {5, 6}, out))
                    .isInstanceOf(CudaException.class)
                    .hasMessage("cuGraphLaunch: CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES");
            expect(session, out, 3, 4);
            step(session, table, new int[] {7, 8}, out);
            expect(session, out, 7, 8);
        }
    }

    @Test
    void aGraphThatFailsLosesTheGpu() {
        try (var device = CudaDevice.gpu(GPU)) {
            var session = new Session(device, 1);
            var table = table(session);
            var out = session.buffer(4, WIDTH);
            step(session, table, new int[] {1, 2}, out);
            step(session, table, new int[] {3, 4}, out);
            StandIn.failNext("cuGraphLaunch", StandIn.ILLEGAL_ADDRESS, 0);
            assertThatThrownBy(
                            () -> {
                                step(session, table, new int[] {5, 6}, out);
                                session.download(out);
                            })
                    .isInstanceOf(DeviceLostException.class)
                    .hasMessageContaining("CUDA_ERROR_ILLEGAL_ADDRESS");
            session.close();
        }
    }

    @Test
    void theSettingIsOnOrOff() {
        System.setProperty(GraphCache.SETTING, "maybe");
        try (var device = CudaDevice.gpu(GPU)) {
            assertThatThrownBy(() -> device.open(1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("dlora.cuda.graphs = 'maybe': expected on or off");
        } finally {
            System.clearProperty(GraphCache.SETTING);
        }
    }
}
