package org.dlora.device.cpu.memory;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class LoadAheadTest {
    /** Bytes of {@code struct dlora_ahead} at which these are. */
    private static final int PIECES = 8;

    private static final int LINES = 16;
    private static final int COUNT = 20;
    private static final int PIECE = 24;
    private static final int LINE = 28;

    private static MemorySegment of(LoadAhead ahead, int worker) {
        return Objects.requireNonNull(ahead.of(worker));
    }

    @SuppressWarnings("restricted") // The table that kernels read.
    private static List<Long> pieces(MemorySegment of) {
        var table =
                MemorySegment.ofAddress(of.get(JAVA_LONG, PIECES))
                        .reinterpret(8L * of.get(JAVA_INT, COUNT));
        var pieces = new ArrayList<Long>();
        for (long at = 0; at < table.byteSize(); at += 8) {
            pieces.add(table.get(JAVA_LONG, at));
        }
        return pieces;
    }

    @Test
    void sharesOutThePiecesInOrder() {
        try (var ahead = new LoadAhead(3)) {
            ahead.set(new long[] {50, 10, 40, 20, 30, 0, 99}, 5, 200);
            assertThat(ahead.of(0)).isNull();
            ahead.want(1000);
            var all = new ArrayList<Long>();
            for (int worker = 0; worker < 3; worker++) {
                var of = of(ahead, worker);
                assertThat(of.get(JAVA_LONG, 0)).isEqualTo(1000);
                assertThat(of.get(JAVA_INT, LINES)).as("lines").isEqualTo(4);
                assertThat(pieces(of).size()).isBetween(1, 2);
                all.addAll(pieces(of));
            }
            assertThat(all).containsExactly(50L, 10L, 40L, 20L, 30L);
        }
    }

    @Test
    void beginsAnewAtAnotherAddress() {
        try (var ahead = new LoadAhead(1)) {
            ahead.set(new long[] {0, 64}, 2, 64);
            ahead.want(1000);
            of(ahead, 0).set(JAVA_INT, PIECE, 1);
            of(ahead, 0).set(JAVA_INT, LINE, 7);
            ahead.want(2000);
            assertThat(of(ahead, 0).get(JAVA_LONG, 0)).isEqualTo(2000);
            assertThat(of(ahead, 0).get(JAVA_INT, PIECE)).isZero();
            assertThat(of(ahead, 0).get(JAVA_INT, LINE)).isZero();
            ahead.stop();
            assertThat(ahead.of(0)).isNull();
        }
    }

    @Test
    void takesMorePiecesThanBeforeAndNone() {
        try (var ahead = new LoadAhead(2)) {
            for (int count : new int[] {0, 3, 1000, 0}) {
                ahead.set(new long[1000], count, 64);
                ahead.want(64);
                assertThat(pieces(of(ahead, 0)).size() + pieces(of(ahead, 1)).size())
                        .isEqualTo(count);
            }
        }
    }
}
