package org.dlora.device.cpu.memory;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Bfloat16Test {

    @Test
    void keepsEveryValueOfItsOwn() {
        for (int bits = 0; bits <= 0xffff; bits++) {
            float value = Bfloat16.widen((short) bits);
            if (Float.isNaN(value)) {
                assertThat(Bfloat16.widen(Bfloat16.round(value))).isNaN();
            } else {
                assertThat(Bfloat16.round(value)).isEqualTo((short) bits);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        // 1 + 2⁻⁸ lies halfway between 1 and 1 + 2⁻⁷; 1 + 3·2⁻⁸ halfway between 1 + 2⁻⁷ and 1 +
        // 2⁻⁶.
        "0x1.01p0, 0x1.00p0",
        "0x1.010002p0, 0x1.02p0",
        "0x1.00fffep0, 0x1.00p0",
        "0x1.03p0, 0x1.04p0",
        "-0x1.03p0, -0x1.04p0",
        "0x1.fffffep127, Infinity"
    })
    void roundsToNearestTiesToEven(String value, String expected) {
        assertThat(Bfloat16.widen(Bfloat16.round(Float.parseFloat(value))))
                .isEqualTo(Float.parseFloat(expected));
    }

    @Test
    void neverMakesANanInfinite() {
        float nan = Float.intBitsToFloat(0x7f800001);
        assertThat(Bfloat16.widen(Bfloat16.round(nan))).isNaN();
    }
}
