package org.dlora.device.cpu.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.natives.LargePages;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class RegionsTest {
    private static final long SIZE = Regions.FEWEST + 1;

    private final Regions regions = Regions.shared();

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
            var pieces = new ArrayList<MemorySegment>();
            while (regions.count() < 2) {
                pieces.add(regions.allocate(SIZE, arena).orElseThrow());
                pieces.getLast().fill((byte) pieces.size());
            }

            assertThat(pieces).hasSize((int) (Regions.REGION / (SIZE + 63)) + 1);
            for (int i = 0; i < pieces.size(); i++) {
                assertThat(pieces.get(i).get(JAVA_BYTE, 0)).isEqualTo((byte) (i + 1));
                assertThat(pieces.get(i).get(JAVA_BYTE, SIZE - 1)).isEqualTo((byte) (i + 1));
            }
        }
        assertThat(regions.count()).isZero();
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
    void freesARegionWithItsLastPieceAndBeginsAnother() {
        try (var arena = Arena.ofShared()) {
            try (var sooner = Arena.ofShared()) {
                regions.allocate(SIZE, sooner).orElseThrow().fill((byte) 1);
                regions.allocate(SIZE, arena).orElseThrow().fill((byte) 1);
            }
            assertThat(regions.count()).isOne();
        }
        assertThat(regions.count()).isZero();

        try (var arena = Arena.ofShared()) {
            var piece = regions.allocate(SIZE, arena).orElseThrow();

            assertThat(piece.get(JAVA_BYTE, 0)).isZero();
            assertThat(piece.get(JAVA_BYTE, SIZE - 1)).isZero();
        }
    }

    @Test
    @SuppressWarnings("restricted") // Looks where the closed segment was.
    void givesThePagesOfAFreedPieceBackAtOnce() {
        try (var kept = Arena.ofShared()) {
            long address;
            try (var closed = Arena.ofShared()) {
                var piece = regions.allocate(SIZE, closed).orElseThrow();
                piece.fill((byte) 1);
                address = piece.address();
                regions.allocate(SIZE, kept).orElseThrow().fill((byte) 2);
            }

            assertThat(MemorySegment.ofAddress(address).reinterpret(SIZE).get(JAVA_BYTE, 0))
                    .isZero();
        }
    }

    @Test
    void holdsMatricesWhileOthersOfTheSameRegionAreFreed() {
        var account = new MemoryAccount();
        int columns = 600 << 8;
        try (var kept = new PanelMatrix(1, columns, DType.F32, 1, account)) {
            try (var freed = new PanelMatrix(1, columns, DType.F32, 1, account)) {
                kept.set(0, columns - 1, 3);
                freed.set(0, 0, 4);
                assertThat(account.regions().count()).isOne();
            }
            assertThat(kept.get(0, columns - 1)).isEqualTo(3);
            assertThat(account.bytes()).isEqualTo(4L * columns);
        }
        assertThat(account.regions().count()).isZero();
        assertThat(account.bytes()).isZero();
    }

    /** Sizes are those of a bfloat16 matrix of 3072 rows and 576 columns. */
    @Test
    void matricesOfSomeLargePagesAndAPartLieOneAfterAnother() {
        long bytes = 3072L * 576 * 2;
        try (var arena = Arena.ofShared()) {
            var first = regions.allocate(bytes, arena).orElseThrow();
            var second = regions.allocate(bytes, arena).orElseThrow();

            assertThat(second.address() - first.address()).isEqualTo(bytes);
            assertThat(first.address() % LargePages.PAGE).isZero();
        }
        assertThat(regions.count()).isZero();
    }

    @Test
    void threadsShareRegions() throws Exception {
        try (var threads = Executors.newFixedThreadPool(4)) {
            var done = new ArrayList<Future<Boolean>>();
            for (int i = 0; i < 64; i++) {
                byte own = (byte) i;
                done.add(threads.submit(() -> isItsOwn(own)));
            }
            for (var one : done) {
                assertThat(one.get()).isTrue();
            }
        }
        assertThat(regions.count()).isZero();
    }

    private boolean isItsOwn(byte value) {
        try (var arena = Arena.ofShared()) {
            var piece = regions.allocate(SIZE, arena).orElseThrow();
            piece.fill(value);
            return piece.get(JAVA_BYTE, 0) == value && piece.get(JAVA_BYTE, SIZE - 1) == value;
        }
    }

    @Test
    void matricesOfOtherSizesAreAllocatedElsewhere() {
        try (var arena = Arena.ofShared()) {
            assertThat(regions.allocate(Regions.FEWEST - 1, arena)).isEmpty();
            assertThat(regions.allocate(LargePages.PAGE, arena)).isEmpty();
            assertThat(regions.allocate(3 * LargePages.PAGE, arena)).isEmpty();
            assertThat(regions.allocate(Regions.MOST + 64, arena)).isEmpty();
        }
    }

    @Test
    void piecesOfAGroupShareARegionOfItsSizeThatGoesBackWithTheLast() {
        var together = Regions.together(3 * LargePages.PAGE + 100);
        try (var kept = Arena.ofShared()) {
            MemorySegment last;
            try (var closed = Arena.ofShared()) {
                var first = together.allocate(1, closed).orElseThrow();
                together.allocate(3 * LargePages.PAGE - 64, closed).orElseThrow().fill((byte) 1);
                last = together.allocate(100, kept).orElseThrow();
                assertThat(last.address() - first.address()).isEqualTo(3 * LargePages.PAGE);
            }
            last.fill((byte) 2);

            assertThat(last.get(JAVA_BYTE, 99)).isEqualTo((byte) 2);
            assertThat(together.allocate(1, kept)).isEmpty();
            assertThat(together.count()).isOne();
        }
        assertThat(together.count()).isZero();
    }

    @Test
    void aGroupTakesNoMemoryBeyondItsSize() throws IOException {
        long bytes = LargePages.PAGE + 10_000;
        try (var arena = Arena.ofShared()) {
            long before = resident();
            var memory = LargePages.exactly(bytes, arena).orElseThrow();
            memory.fill((byte) 1);

            // A second large page would be 2 MB more.
            assertThat(resident() - before).isBetween(LargePages.PAGE, bytes + LargePages.PAGE / 2);
        }
    }

    /** Returns the resident bytes of mappings for which large pages were asked or refused. */
    private static long resident() throws IOException {
        long bytes = 0;
        long last = 0;
        for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
            if (line.startsWith("Rss:")) {
                last = 1024 * Long.parseLong(line.replaceAll("\\D", ""));
            } else if (line.startsWith("VmFlags:")
                    && (line.contains(" hg") || line.contains(" nh"))) {
                bytes += last;
            }
        }
        return bytes;
    }
}
