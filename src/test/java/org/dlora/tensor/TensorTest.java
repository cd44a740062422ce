package org.dlora.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class TensorTest {
    @ParameterizedTest
    @EnumSource(
            names = {"F32", "F16", "BF16"},
            mode = Mode.INCLUDE)
    void readsManyElementsAsSingleOnes(DType dtype) {
        var bytes = new byte[1 + 20 * dtype.bytes()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 37);
        }
        // Data may begin at an odd address.
        var data = MemorySegment.ofArray(bytes).asSlice(1);
        var tensor = new Tensor("weight", dtype, List.of(4L, 5L), data);
        var out = new float[8];
        tensor.read(5, out, 7);
        for (int i = 0; i < 7; i++) {
            assertThat(out[i]).isEqualTo(tensor.getFloat(5 + i));
        }
        assertThat(out[7]).isZero();
    }
}
