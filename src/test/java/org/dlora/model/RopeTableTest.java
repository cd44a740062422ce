package org.dlora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

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
    void tableHoldsTheAnglesOfEachPosition() {
        var table = RopeTable.of(new RopeSpec.Default(10_000), 4, 3);
        assertThat(table.cos()).hasSize(6);
        assertThat(table.cos()[0]).isEqualTo(1);
        assertThat(table.sin()[0]).isZero();
        assertThat(table.sin()[2 * 2]).isCloseTo((float) Math.sin(2), within(1e-7f));
        assertThat(table.cos()[2 * 2 + 1]).isCloseTo((float) Math.cos(0.02), within(1e-7f));
    }
}
