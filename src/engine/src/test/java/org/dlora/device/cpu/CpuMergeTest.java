package org.dlora.device.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.dlora.device.Device;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.MergeOperationsTest;
import org.dlora.device.WeightUpdate;
import org.dlora.device.cpu.kernels.ScalarKernels;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Merges with the kernels that this JVM chooses. */
@Tag("kernels")
@net.jqwik.api.Tag("kernels")
class CpuMergeTest extends MergeOperationsTest {
    @Override
    protected Device device() {
        return new CpuDevice();
    }

    @Property(tries = 60)
    void hasTheSameBitsWithPanelsOfAnyWidth(
            @ForAll @IntRange(min = 1, max = 200) int outputs,
            @ForAll @IntRange(max = 40) int before,
            @ForAll @IntRange(min = 1, max = 300) int inputs,
            @ForAll @IntRange(min = 1, max = 40) int rank,
            @ForAll boolean half) {
        float[][] expected = merged(new CpuDevice(), before, outputs, inputs, rank, half);
        for (int lanes : new int[] {1, 4, 8, 16}) {
            var scalar = new CpuDevice(KernelChoice.java(new ScalarKernels(lanes, "the test")));
            assertThat(merged(scalar, before, outputs, inputs, rank, half))
                    .as("%d lanes", lanes)
                    .isDeepEqualTo(expected);
        }
    }

    private static float[][] merged(
            CpuDevice device, int before, int outputs, int inputs, int rank, boolean half) {
        var dtype = half ? DType.BF16 : DType.F32;
        var numbers = new Numbers(outputs);
        try (var session = new Session(device, 2)) {
            var pristine =
                    session.matrix(dtype, numbers.tensor(DType.F32, before + outputs, inputs));
            var term =
                    new LowRank(
                            session.matrix(dtype, numbers.tensor(DType.F32, rank, inputs)),
                            session.matrix(dtype, numbers.tensor(DType.F32, outputs, rank)),
                            before,
                            0.7f,
                            Optional.of(session.vector(numbers.vector(outputs))),
                            Optional.empty());
            var live = session.emptyLike(pristine);
            var update = new WeightUpdate(pristine, List.of(term), false);
            session.operations.merge(update, 0, before + outputs, live);
            return session.download(live);
        }
    }

    @Test
    void aCopyIsCountedAndFreed() {
        var device = new CpuDevice();
        try (var matrix =
                device.matrix(List.of(new Numbers(1).tensor(DType.F32, 40, 9)), DType.BF16)) {
            long before = device.bytes();
            try (var copy = device.emptyLike(matrix)) {
                assertThat(copy.bytes()).isEqualTo(matrix.bytes());
                assertThat(device.bytes()).isEqualTo(before + copy.bytes());
            }
            assertThat(device.bytes()).isEqualTo(before);
        }
    }

    @Test
    void aWeightThatOverflowsIsInfiniteAndOneThatIsNoNumberStaysNone() {
        try (var session = new Session(new CpuDevice(), 1)) {
            var weight = new float[64][2];
            var ones = new float[64][1];
            for (int i = 0; i < 64; i++) {
                weight[i] = new float[] {1, -1};
                ones[i][0] = 1;
            }
            var pristine = session.matrix(DType.BF16, Numbers.tensor(weight));
            var a = session.matrix(DType.F32, Numbers.tensor(new float[][] {{Float.MAX_VALUE, 0}}));
            var b = session.matrix(DType.F32, Numbers.tensor(ones));
            var live = session.emptyLike(pristine);
            var gain = session.vector(new float[64]);
            var term = new LowRank(a, b, 0, 8, Optional.of(gain), Optional.empty());
            session.operations.merge(new WeightUpdate(pristine, List.of(term), false), 0, 64, live);
            for (float[] row : session.download(live)) {
                assertThat(row).containsExactly(Float.NaN, -0f);
            }
            var plain = new WeightUpdate(pristine, List.of(new LowRank(a, b, 0, 8)), false);
            session.operations.merge(plain, 0, 64, live);
            for (float[] row : session.download(live)) {
                assertThat(row).containsExactly(Float.POSITIVE_INFINITY, -1f);
            }
            assertThat(session.operations.mergeLoss(plain, 0, 64).lost()).isInfinite();
        }
    }
}
