package org.dlora.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.dlora.tensor.DType;
import org.dlora.tensor.LoadException;
import org.dlora.tensor.Tensor;
import org.junit.jupiter.api.Test;

class WeightPrecisionTest {
    private static final Tensor F32 = matrix("a", DType.F32);
    private static final Tensor F16 = matrix("b", DType.F16);
    private static final Tensor BF16 = matrix("c", DType.BF16);

    @Test
    void autoKeepsEveryBit() {
        assertThat(WeightPrecision.AUTO.storage(List.of(BF16, BF16))).isEqualTo(DType.BF16);
        assertThat(WeightPrecision.AUTO.storage(List.of(BF16, F32))).isEqualTo(DType.F32);
        assertThat(WeightPrecision.AUTO.storage(List.of(F16, F16))).isEqualTo(DType.F32);
    }

    @Test
    void settingsOverrideTheCheckpointsDtype() {
        assertThat(WeightPrecision.FLOAT32.storage(List.of(BF16))).isEqualTo(DType.F32);
        assertThat(WeightPrecision.BFLOAT16.storage(List.of(F32, BF16))).isEqualTo(DType.BF16);
    }

    @Test
    void float16IsNeverNarrowedToBfloat16() {
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> WeightPrecision.BFLOAT16.storage(List.of(F32, F16)))
                .withMessageContainingAll("tensor b is float16", "dlora.dtype");
    }

    private static Tensor matrix(String name, DType dtype) {
        return new Tensor(name, dtype, List.of(0L, 4L), MemorySegment.NULL);
    }
}
