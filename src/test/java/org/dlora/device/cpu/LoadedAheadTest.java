package org.dlora.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.dlora.device.Activations;
import org.dlora.device.cpu.linear.LinearOperations;
import org.dlora.device.cpu.memory.CpuActivations;
import org.dlora.device.cpu.memory.LoadAhead;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.cpu.threads.WorkerTeam;
import org.dlora.device.cpu.threads.Workers;
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

    /** Bytes of {@code struct dlora_ahead} at which these are. */
    private static final int LINES = 16;

    private static final int COUNT = 20;
    private static final int PIECE = 24;
    private static final int LINE = 28;

    /** The pieces are longer or shorter than what a tile loads, or a part of a line. */
    @ParameterizedTest
    @CsvSource({"64, 576, 12288", "64, 64, 12288", "33, 577, 64", "100, 100, 1", "7, 576, 500"})
    void goThroughAllPiecesWithTheSameBits(int rows, int k, int bytes) {
        int pieces = 20;
        var device = new CpuDevice(KernelFamily.AVX512_BF16);
        try (var session = new Session(device, 1);
                var workers = new Workers(new WorkerTeam("test", 2));
                var ahead = new LoadAhead(2);
                var linear =
                        new LinearOperations(
                                KernelChoice.of(KernelFamily.AVX512_BF16).linear(),
                                workers,
                                ahead)) {
            var memory = session.buffer(pieces, Math.ceilDiv(bytes, 4));
            long address = CpuActivations.of(memory).segment().address();
            ahead.set(LongStream.range(0, pieces).map(i -> i * bytes).toArray(), pieces, bytes);
            ahead.want(address);
            var weight = session.matrix(DType.BF16, new Numbers(k).tensor(DType.F32, N, k));
            Activations x = session.upload(new Numbers(1).rows(rows, k), k);
            var expected = session.buffer(rows, N);
            session.operations.linear(weight, Optional.empty(), x, rows, expected);
            boolean[] moved = new boolean[2];
            int[] before = places(ahead);
            for (int call = 0; call < 2000 && left(ahead) > 0; call++) {
                var y = session.buffer(rows, N);
                linear.linear(weight, Optional.empty(), x, rows, y);
                assertThat(session.download(y)).isDeepEqualTo(session.download(expected));
                int[] after = places(ahead);
                for (int worker = 0; worker < 2; worker++) {
                    assertThat(after[worker]).isGreaterThanOrEqualTo(before[worker]);
                    moved[worker] |= after[worker] > before[worker];
                }
                before = after;
                y.close();
            }
            assertThat(moved).containsExactly(true, true);
            assertThat(left(ahead)).isZero();
            linear.linear(weight, Optional.empty(), x, rows, session.buffer(rows, N));
            assertThat(places(ahead)).containsExactly(before);
        }
    }

    /** Returns the lines that each worker has loaded. */
    private static int[] places(LoadAhead ahead) {
        return IntStream.range(0, 2)
                .map(worker -> {
                    var of = Objects.requireNonNull(ahead.of(worker));
                    assertThat(of.get(JAVA_INT, PIECE)).isBetween(0, of.get(JAVA_INT, COUNT));
                    assertThat(of.get(JAVA_INT, LINE)).isBetween(0, of.get(JAVA_INT, LINES) - 1);
                    return of.get(JAVA_INT, PIECE) * of.get(JAVA_INT, LINES)
                            + of.get(JAVA_INT, LINE);
                })
                .toArray();
    }

    private static int left(LoadAhead ahead) {
        return IntStream.range(0, 2)
                .map(worker -> {
                    var of = Objects.requireNonNull(ahead.of(worker));
                    return of.get(JAVA_INT, COUNT) - of.get(JAVA_INT, PIECE);
                })
                .sum();
    }
}
