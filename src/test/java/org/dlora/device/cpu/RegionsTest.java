package org.dlora.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class RegionsTest {
    private static final long SIZE = Regions.FEWEST + 1;

    private final Regions regions = new Regions();

    @Test
    void piecesLieOneAfterAnotherOnCacheLinesAndAreZero() {
        try (var arena = Arena.ofShared()) {
            var first = regions.allocate(SIZE, arena).orElseThrow();
            first.fill((byte) 1);
            var second = regions.allocate(SIZE, arena).orElseThrow();

            assertThat(first.byteSize()).isEqualTo(SIZE);
            assertThat(second.address() - first.address()).isEqualTo(SIZE + 63);
            assertThat(second.get(JAVA_BYTE, 0)).isZero();
        }
    }

    @Test
    void aPieceThatDoesNotFitBeginsTheNextRegion() {
        try (var arena = Arena.ofShared()) {
            var first = regions.allocate(Regions.REGION - SIZE, arena).orElseThrow();
            var second = regions.allocate(2 * SIZE, arena).orElseThrow();

            first.fill((byte) 1);
            second.fill((byte) 2);

            assertThat(first.get(JAVA_BYTE, first.byteSize() - 1)).isEqualTo((byte) 1);
            assertThat(second.get(JAVA_BYTE, 0)).isEqualTo((byte) 2);
        }
    }

    @Test
    void aPieceOutlivesItsNeighbours() {
        try (var kept = Arena.ofShared()) {
            MemorySegment first;
            MemorySegment second;
            try (var closed = Arena.ofShared()) {
                first = regions.allocate(SIZE, closed).orElseThrow();
                second = regions.allocate(SIZE, kept).orElseThrow();
                second.fill((byte) 2);
            }

            assertThatThrownBy(() -> first.get(JAVA_BYTE, 0))
                    .isInstanceOf(IllegalStateException.class);
            assertThat(second.get(JAVA_BYTE, SIZE - 1)).isEqualTo((byte) 2);
        }
    }

    @Test
    void afterTheLastPieceTheNextGetsFreshMemory() {
        try (var arena = Arena.ofShared()) {
            regions.allocate(SIZE, arena).orElseThrow().fill((byte) 1);
        }
        try (var arena = Arena.ofShared()) {
            var piece = regions.allocate(SIZE, arena).orElseThrow();
            piece.fill((byte) 2);

            assertThat(piece.get(JAVA_BYTE, SIZE - 1)).isEqualTo((byte) 2);
        }
    }

    @Test
    void othersThanMatricesOfThatSizeGoElsewhere() {
        try (var arena = Arena.ofShared()) {
            assertThat(regions.allocate(Regions.FEWEST - 1, arena)).isEmpty();
            assertThat(regions.allocate(Regions.REGION + 1, arena)).isEmpty();
        }
    }
}
