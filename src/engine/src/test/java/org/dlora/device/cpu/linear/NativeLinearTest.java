package org.dlora.device.cpu.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Optional;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.device.cpu.NeedsKernels;
import org.dlora.device.cpu.NeedsNativeKernels;
import org.dlora.device.cpu.memory.Bfloat16;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The C kernels round x to nearest even, and nothing else but their float32 sums. */
@NeedsKernels(KernelFamily.AVX512_BF16)
@ExtendWith(NeedsNativeKernels.class)
class NativeLinearTest {
    @ParameterizedTest
    @CsvSource({
        "1, 16, 1",
        "1, 576, 576",
        "6, 64, 33",
        "7, 100, 31",
        "13, 960, 577",
        "97, 40, 64",
        "5, 17, 65536",
        "2, 3, 70001"
    })
    void isTheProductWithTheRoundedRows(int rows, int n, int k) {
        var numbers = new Numbers(k);
        float[][] x = numbers.rows(rows, k);
        var weight = numbers.tensor(DType.BF16, n, k);
        var w = new float[k];
        float[][] y;
        try (var session = new Session(new CpuDevice(CpuDevice.Native.AUTO), 2)) {
            var out = session.buffer(rows, n);
            session.operations.linear(
                    session.matrix(DType.BF16, weight),
                    Optional.empty(),
                    session.upload(x, k),
                    rows,
                    out);
            y = session.download(out);
        }
        boolean rounds = k <= 65536;
        for (int output = 0; output < n; output++) {
            weight.read((long) output * k, w, k);
            for (int row = 0; row < rows; row++) {
                double sum = 0;
                double size = 0;
                for (int i = 0; i < k; i++) {
                    float rounded = rounds ? Bfloat16.widen(Bfloat16.round(x[row][i])) : x[row][i];
                    sum += (double) rounded * w[i];
                    size += Math.abs(rounded * w[i]);
                }
                assertThat((double) y[row][output])
                        .as("row %d, output %d", row, output)
                        .isCloseTo(sum, within(size * (k + 2) * 0x1p-24));
            }
        }
    }
}
