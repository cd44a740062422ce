package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WarmthTest {
    private final Warmth warmth = new Warmth();

    @Test
    void aRoundOfWhichTheCompilersTookLittleIsEnough() {
        assertThat(warmth.isReached(4, 1000, 410)).isFalse();
        assertThat(warmth.isReached(4, 1000, 390)).isTrue();
    }

    @Test
    void goesOnWhileMuchIsCompiledAndRoundsGetFaster() {
        assertThat(warmth.isReached(4, 1000, 900)).isFalse();
        assertThat(warmth.isReached(4, 700, 600)).isFalse();
        assertThat(warmth.isReached(4, 500, 400)).isFalse();
        assertThat(warmth.isReached(4, 300, 10)).isTrue();
    }

    @Test
    void endsAfterTwoRoundsThatAreNoFaster() {
        assertThat(warmth.isReached(4, 1000, 900)).isFalse();
        assertThat(warmth.isReached(4, 900, 900)).isFalse();
        assertThat(warmth.isReached(4, 850, 900)).isTrue();
    }

    @Test
    void aRoundOfMoreWavesBeginsAnew() {
        assertThat(warmth.isReached(1, 100, 90)).isFalse();
        assertThat(warmth.isReached(1, 95, 90)).isFalse();
        assertThat(warmth.isReached(2, 800, 700)).isFalse();
        assertThat(warmth.isReached(2, 790, 700)).isFalse();
        assertThat(warmth.isReached(2, 780, 700)).isTrue();
    }

    @Test
    void aRoundOfFewerWavesIsNotComparedWithOthers() {
        assertThat(warmth.isReached(3, 1000, 900)).isFalse();
        assertThat(warmth.isReached(1, 50, 40)).isFalse();
        assertThat(warmth.isReached(1, 50, 40)).isFalse();
        assertThat(warmth.isReached(1, 50, 1)).isTrue();
    }
}
