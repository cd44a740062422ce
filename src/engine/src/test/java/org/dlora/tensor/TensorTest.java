package org.dlora.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

    /** Bits and values by IEEE 754: 5 exponent and 10 fraction bits, and 8 and 7. */
    @ParameterizedTest
    @CsvSource({
        "F16, 0001, 0x1p-24",
        "F16, 03ff, 0x1.ff8p-15",
        "F16, 0400, 0x1p-14",
        "F16, 7bff, 65504",
        "F16, fc00, -Infinity",
        "F16, 8000, -0.0",
        "F16, 3c01, 0x1.004p0",
        "BF16, 0001, 0x1p-133",
        "BF16, 7f7f, 0x1.fep127",
        "BF16, ff80, -Infinity",
        "BF16, 8000, -0.0",
        "BF16, 3f81, 0x1.02p0",
        "F32, 00000001, 0x1p-149",
        "F32, bf800001, -0x1.000002p0",
    })
    void widensToTheNumberThatTheBitsAre(DType dtype, String bits, float value) {
        var tensor = of(dtype, Integer.parseUnsignedInt(bits, 16));
        var out = new float[1];
        tensor.read(1, out, 1);
        // Compared by bits, so that zeros keep their sign.
        assertThat(Float.floatToRawIntBits(tensor.getFloat(1)))
                .isEqualTo(Float.floatToRawIntBits(value))
                .isEqualTo(Float.floatToRawIntBits(out[0]));
    }

    @Test
    void nonNumbersStayEmpty() {
        assertThat(of(DType.BF16, 0x7f81).getFloat(1)).isNaN();
        assertThat(of(DType.F16, 0xfc01).getFloat(1)).isNaN();
        assertThat(of(DType.F32, 0x7fc00000).getFloat(1)).isNaN();
    }

    @ParameterizedTest
    @EnumSource(
            names = {"F32", "F16", "BF16"},
            mode = Mode.EXCLUDE)
    void otherDtypesHaveNoFloats(DType dtype) {
        var tensor = new Tensor("mask", dtype, List.of(1L), MemorySegment.ofArray(new byte[8]));
        assertThat(dtype.isServable()).isFalse();
        assertThatIllegalStateException()
                .isThrownBy(() -> tensor.getFloat(0))
                .withMessage("mask has dtype " + dtype + ", not F32, F16 or BF16");
        assertThatIllegalStateException().isThrownBy(() -> tensor.read(0, new float[1], 1));
    }

    /** Returns a zero and the number of {@code bits}. */
    private static Tensor of(DType dtype, int bits) {
        var bytes =
                ByteBuffer.allocate(8)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(dtype.bytes(), bits)
                        .array();
        return new Tensor("weight", dtype, List.of(2L), MemorySegment.ofArray(bytes));
    }
}
