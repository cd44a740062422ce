package org.dlora.device.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.dlora.device.DeviceLostException;
import org.dlora.device.KvLayout;
import org.dlora.device.cuda.driver.CudaException;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Errors of the driver, on a GPU that no other test uses. */
@ExtendWith(NeedsCuda.class)
class CudaFaultsTest {
    private static final int GPU = 3;

    private final float[][] rows = new Numbers(1).rows(2, 16);

    private static void normalise(Session session, float[][] rows) {
        session.operations.rmsNorm(
                session.upload(rows, 16),
                2,
                session.vector(new float[16]),
                1e-5f,
                session.buffer(2, 16));
    }

    @Test
    void anAllocationThatFailsLeavesTheGpuAsItWas() {
        try (var device = CudaDevice.gpu(GPU)) {
            long before = device.bytes();
            StandIn.failNext("alloc", StandIn.OUT_OF_MEMORY, 0);
            assertThatThrownBy(() -> device.kvCache(new KvLayout(1, 1, 8, 2, DType.F32)))
                    .isInstanceOf(CudaException.class)
                    .hasMessageStartingWith("cuMemAlloc of 2048 bytes on cuda:3: ")
                    .hasMessageEndingWith("CUDA_ERROR_OUT_OF_MEMORY");
            assertThat(device.bytes()).isEqualTo(before);
            try (var session = new Session(device, 1)) {
                assertThat(session.download(session.upload(rows, 16))).isDeepEqualTo(rows);
            }
        }
    }

    @Test
    void aLaunchThatIsRefusedIsNamedAndTheNextOneGoesThrough() {
        try (var device = CudaDevice.gpu(GPU);
                var session = new Session(device, 1)) {
            var x = session.upload(rows, 16);
            var weight = session.vector(new float[16]);
            StandIn.failNext("launch", StandIn.LAUNCH_OUT_OF_RESOURCES, 0);
            assertThatThrownBy(() -> session.operations.rmsNorm(x, 2, weight, 1e-5f, x))
                    .isInstanceOf(CudaException.class)
                    .hasMessage(
                            "cuLaunchKernel of dlora_rms_norm: CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES");
            assertThat(session.download(x)).isDeepEqualTo(rows);
            session.operations.rmsNorm(x, 2, weight, 1e-5f, x);
            assertThat(session.download(x)).isDeepEqualTo(new float[2][16]);
        }
    }

    @Test
    void aGpuWhoseKernelFailsIsLostUntilAllOfItIsClosed() {
        try (var device = CudaDevice.gpu(GPU)) {
            var session = new Session(device, 1);
            var x = session.upload(rows, 16);
            StandIn.failNext("launch", StandIn.LAUNCH_FAILED, 0);
            assertThatThrownBy(
                            () -> {
                                normalise(session, rows);
                                session.download(x);
                            })
                    .isInstanceOf(DeviceLostException.class)
                    .hasMessageContaining(
                            "CUDA_ERROR_LAUNCH_FAILED; the GPU computes nothing more");
            assertThatThrownBy(() -> device.vector(new float[1]))
                    .isInstanceOf(DeviceLostException.class);
            session.close();
        }
        try (var device = CudaDevice.gpu(GPU);
                var session = new Session(device, 1)) {
            assertThat(session.download(session.upload(rows, 16))).isDeepEqualTo(rows);
        }
    }
}
