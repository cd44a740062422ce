package org.dlora.engine.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.dlora.device.Device;
import org.dlora.device.KvLayout;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.engine.GoldenModel;
import org.dlora.engine.merging.CopyMemory;
import org.dlora.model.BaseModel;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;

class TransformerRunnerTest {

    @Test
    void keepsNoCacheWhereThereIsNoThreadToBeHad() {
        try (var cpu = new CpuDevice();
                var model = BaseModel.open(GoldenModel.ROOT.resolve("models/llama-gqa"));
                var weights =
                        DecoderWeights.pack(model, cpu, WeightPrecision.FLOAT32, 64, _ -> {})) {
            var spec = model.spec();
            var layout = new KvLayout(spec.layers(), spec.kvHeads(), spec.headDim(), 4, DType.F32);
            var limits = new StepLimits(2, 16, 16);
            long before = cpu.bytes();
            assertThatExceptionOfType(OutOfMemoryError.class)
                    .isThrownBy(() ->
                            TransformerRunner.open(
                                    spec,
                                    weights,
                                    layout,
                                    4,
                                    limits,
                                    CopyMemory.upTo(Long.MAX_VALUE),
                                    withoutThreads(cpu),
                                    2));
            assertThat(cpu.bytes()).isEqualTo(before);
        }
    }

    private static Device withoutThreads(Device device) {
        return (Device)
                Proxy.newProxyInstance(
                        Device.class.getClassLoader(),
                        new Class<?>[] {Device.class},
                        (_, method, args) -> {
                            if (method.getName().equals("open")) {
                                throw new OutOfMemoryError("no more threads");
                            }
                            try {
                                return method.invoke(device, args);
                            } catch (InvocationTargetException e) {
                                throw e.getTargetException();
                            }
                        });
    }
}
