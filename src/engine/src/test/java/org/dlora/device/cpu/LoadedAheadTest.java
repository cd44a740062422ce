package org.dlora.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.LongStream;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.memory.CpuActivations;
import org.dlora.device.cpu.memory.LoadAhead;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Products of many rows go through what is wanted soon, piece by piece, and stop at its end. What
 * they load shows in their counts alone.
 */
@NeedsKernels(KernelFamily.AVX512_BF16)
@ExtendWith(NeedsNativeKernels.class)
class LoadedAheadTest {
    private static final int N = 96;
    private static final int PIECES = 20;

    /** Bytes of {@code struct dlora_ahead} at which these are. */
    private static final int LINES = 16;

    private static final int COUNT = 20;
    private static final int PIECE = 24;
    private static final int LINE = 28;

    /** The pieces are longer or shorter than what a tile loads, or a part of a line. */
    @ParameterizedTest
    @CsvSource({"64, 576, 12288", "64, 64, 12288", "33, 577, 64", "100, 100, 1", "7, 576, 500"})
    void goThroughAllPiecesWithTheSameBits(int rows, int k, int bytes) {
        var kernels = KernelChoice.of(KernelFamily.AVX512_BF16).linear();
        assertThat(kernels.loadsAhead()).isTrue();
        try (var session = new Session(new CpuDevice(KernelFamily.AVX512_BF16), 1);
                var ahead = new LoadAhead(2)) {
            var memory = session.buffer(PIECES, Math.ceilDiv(bytes, Float.BYTES));
            ahead.set(LongStream.range(0, PIECES).map(i -> i * bytes).toArray(), PIECES, bytes);
            ahead.want(CpuActivations.of(memory).segment().address());
            var w = session.matrix(DType.BF16, new Numbers(k).tensor(DType.F32, N, k));
            var panels = PanelMatrix.of(w).panels(0, PanelMatrix.of(w).panels());
            var x = session.upload(new Numbers(1).rows(rows, k), k);
            var in = CpuActivations.of(x).rowsFrom(0, 0);
            var y = session.buffer(rows, N);
            var out = CpuActivations.of(y).rowsFrom(0, 0);
            session.operations.linear(w, Optional.empty(), x, rows, y);
            float[][] expected = session.download(y);
            for (int worker = 0; worker < 2; worker++) {
                var of = Objects.requireNonNull(ahead.of(worker));
                int place = place(of);
                assertThat(place).as("the other worker's share is its own").isZero();
                int end = of.get(JAVA_INT, COUNT) * of.get(JAVA_INT, LINES);
                while (place < end) {
                    kernels.linear(panels, in, null, out, rows, null, of);
                    assertThat(session.download(y)).isDeepEqualTo(expected);
                    assertThat(place(of)).isBetween(place + 1, end);
                    place = place(of);
                }
                kernels.linear(panels, in, null, out, rows, null, of);
                assertThat(place(of)).isEqualTo(end);
            }
        }
    }

    /** Rows that are bound by the memory of the weights. */
    @ParameterizedTest
    @CsvSource({"1", "6"})
    void fewRowsLoadNothing(int rows) {
        var kernels = KernelChoice.of(KernelFamily.AVX512_BF16).linear();
        try (var session = new Session(new CpuDevice(KernelFamily.AVX512_BF16), 1);
                var ahead = new LoadAhead(1)) {
            ahead.set(new long[PIECES], PIECES, 64);
            ahead.want(CpuActivations.of(session.buffer(1, 16)).segment().address());
            var w = session.matrix(DType.BF16, new Numbers(1).tensor(DType.F32, N, 64));
            var panels = PanelMatrix.of(w).panels(0, PanelMatrix.of(w).panels());
            var x = session.upload(new Numbers(1).rows(rows, 64), 64);
            var of = Objects.requireNonNull(ahead.of(0));
            kernels.linear(
                    panels,
                    CpuActivations.of(x).rowsFrom(0, 0),
                    null,
                    CpuActivations.of(session.buffer(rows, N)).rowsFrom(0, 0),
                    rows,
                    null,
                    of);
            assertThat(place(of)).isZero();
        }
    }

    /** Returns the lines that were loaded. */
    private static int place(MemorySegment of) {
        assertThat(of.get(JAVA_INT, PIECE)).isBetween(0, of.get(JAVA_INT, COUNT));
        assertThat(of.get(JAVA_INT, LINE)).isBetween(0, of.get(JAVA_INT, LINES) - 1);
        return of.get(JAVA_INT, PIECE) * of.get(JAVA_INT, LINES) + of.get(JAVA_INT, LINE);
    }
}
