package org.dlora.device.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

class KvDtypeTest {
    @Test
    void javaAloneKeepsFloat32() {
        assertThat(new CpuDevice().kvDtype(DType.BF16)).isEqualTo(DType.F32);
        assertThat(new CpuDevice().kvDtype(DType.F32)).isEqualTo(DType.F32);
    }

    @Test
    @ExtendWith(NeedsNativeKernels.class)
    void nativeKernelsKeepWhatTheWeightsAreIn() {
        var device = new CpuDevice(CpuDevice.Native.AUTO);
        assertThat(device.kvDtype(DType.BF16)).isEqualTo(DType.BF16);
        assertThat(device.kvDtype(DType.F32)).isEqualTo(DType.F32);
    }
}
