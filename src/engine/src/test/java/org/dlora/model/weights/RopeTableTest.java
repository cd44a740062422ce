package org.dlora.model.weights;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import org.dlora.model.RopeSpec;
import org.dlora.tensor.LoadException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RopeTableTest {

    @Test
    void frequenciesFallGeometrically() {
        assertThat(RopeTable.inverseFrequencies(new RopeSpec.Default(10_000), 8))
                .containsExactly(new float[] {1, 0.1f, 0.01f, 0.001f}, within(1e-8f));
    }

    @Test
    void linearScalingStretchesAllWavelengths() {
        assertThat(RopeTable.inverseFrequencies(new RopeSpec.Linear(10_000, 4), 8))
                .containsExactly(new float[] {0.25f, 0.025f, 0.0025f, 0.00025f}, within(1e-8f));
    }

    /** Values of transformers 5.24 for Llama 3.2's settings, head_dim 64. */
    @Test
    void llama3ScalingKeepsShortWavelengthsAndStretchesLongOnes() {
        var rope = new RopeSpec.Llama3(500_000, 32, 1, 4, 8192);
        var scaled = RopeTable.inverseFrequencies(rope, 64);
        var plain = RopeTable.inverseFrequencies(new RopeSpec.Default(500_000), 64);
        assertThat(scaled[0]).isEqualTo(plain[0]);
        assertThat(scaled[13]).isEqualTo(plain[13]);
        assertThat(scaled[31]).isEqualTo(plain[31] / 32);
        assertThat(scaled[16]).isBetween(plain[16] / 32, plain[16]);
    }

    @Test
    void llama3ScalingInterpolatesBetweenTheBounds() {
        // The only frequency is 1, and its wavelength 2π lies between 12/4 and 12/1 positions.
        // So (12/2π - 1) / (4 - 1) = 0.303286 of it is kept, and the rest is an eighth.
        assertThat(RopeTable.inverseFrequencies(new RopeSpec.Llama3(10_000, 8, 1, 4, 12), 2))
                .containsExactly(new float[] {0.390375f}, within(1e-5f));
        // 25/4 is just shorter than the wavelength, and 26/4 is longer.
        assertThat(RopeTable.inverseFrequencies(new RopeSpec.Llama3(10_000, 8, 1, 4, 25), 2)[0])
                .isCloseTo(0.993838f, within(1e-5f));
        assertThat(RopeTable.inverseFrequencies(new RopeSpec.Llama3(10_000, 8, 1, 4, 26), 2)[0])
                .isEqualTo(1);
        // 6/1 is shorter than the wavelength.
        assertThat(RopeTable.inverseFrequencies(new RopeSpec.Llama3(10_000, 8, 1, 4, 6), 2)[0])
                .isEqualTo(0.125f);
    }

    @Test
    void tableHoldsTheAnglesOfEachPosition() {
        var table = RopeTable.of(new RopeSpec.Default(10_000), 4, 3);
        try (var arena = Arena.ofConfined()) {
            var cos = table.cos(arena).data().toArray(JAVA_FLOAT);
            var sin = table.sin(arena).data().toArray(JAVA_FLOAT);
            assertThat(cos).hasSize(6);
            assertThat(cos[0]).isEqualTo(1);
            assertThat(sin[0]).isZero();
            assertThat(sin[2 * 2]).isCloseTo((float) Math.sin(2), within(1e-7f));
            assertThat(cos[2 * 2 + 1]).isCloseTo((float) Math.cos(0.02), within(1e-7f));
        }
    }

    /** Issue 12: these sizes ended in an ArithmeticException, after all layers had been packed. */
    @ParameterizedTest
    @CsvSource({"134217728, 64", "33554432, 64", "2097152, 1024", "2147483647, 2"})
    void positionsTimesHeadDimFrom2To31OnAreRefusedWithTheirSizes(int positions, int headDim) {
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> RopeTable.of(new RopeSpec.Default(10_000), headDim, positions))
                .withMessageContaining("%d positions of head_dim %d", positions, headDim)
                .withMessageContaining("at most %d positions", Integer.MAX_VALUE / headDim);
    }

    @Test
    void manyPositionsTakeNoMemoryUntilATableIsAskedFor() {
        assertThat(RopeTable.of(new RopeSpec.Default(10_000), 64, 33_554_431)).isNotNull();
    }
}
