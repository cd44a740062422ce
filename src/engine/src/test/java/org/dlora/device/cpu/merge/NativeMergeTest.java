package org.dlora.device.cpu.merge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.dlora.device.Device;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.MergeOperationsTest;
import org.dlora.device.WeightUpdate;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.device.cpu.NeedsNativeKernels;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Merges in C, and where kernels in C multiply by bfloat16 matrices: no coarser than in Java. */
@ExtendWith(NeedsNativeKernels.class)
@AddLifecycleHook(NeedsNativeKernels.class)
class NativeMergeTest extends MergeOperationsTest {
    private static final CpuDevice NATIVE = new CpuDevice(CpuDevice.Native.AUTO);

    @Override
    protected Device device() {
        return NATIVE;
    }

    /** A term of whole panels over weights that have a row of their own in front, or have not. */
    private record Case(
            int panels,
            int inputs,
            int rank,
            DType weights,
            DType ofA,
            DType ofB,
            boolean gain,
            float size) {

        float[][] merged(CpuDevice device, int before) {
            int outputs = 16 * panels;
            try (var session = new Session(device, 2)) {
                var rows = new float[before + outputs][inputs];
                System.arraycopy(rows(1, outputs, inputs), 0, rows, before, outputs);
                var pristine = session.matrix(weights, Numbers.tensor(rows));
                var vector = session.vector(new Numbers(4).vector(outputs));
                var term =
                        new LowRank(
                                session.matrix(ofA, Numbers.tensor(rows(2, rank, inputs))),
                                session.matrix(
                                        ofB, new Numbers(3).tensor(DType.F32, outputs, rank)),
                                before,
                                0.7f,
                                gain ? Optional.of(vector) : Optional.empty(),
                                Optional.empty());
                var live = session.emptyLike(pristine);
                var update = new WeightUpdate(pristine, List.of(term), false);
                session.operations.merge(update, 0, before + outputs, live);
                var all = session.download(live);
                return Arrays.copyOfRange(all, before, all.length);
            }
        }

        private float[][] rows(int seed, int rows, int width) {
            var values = new Numbers(seed).rows(rows, width);
            for (var row : values) {
                for (int i = 0; i < width; i++) {
                    row[i] *= size;
                }
            }
            return values;
        }
    }

    @Property(tries = 150)
    void hasTheBitsOfProductsAndAdditionsOneAfterTheOther(
            @ForAll @IntRange(min = 1, max = 9) int panels,
            @ForAll @IntRange(min = 1, max = 500) int inputs,
            @ForAll @IntRange(min = 1, max = 150) int rank,
            @ForAll @IntRange(max = 7) int half,
            @ForAll boolean gain,
            @ForAll boolean tiny) {
        var merge =
                new Case(
                        panels,
                        inputs,
                        rank,
                        dtype(half & 1),
                        dtype(half & 2),
                        dtype(half & 4),
                        gain,
                        tiny ? 0x1p-128f : 1);
        var merged = merge.merged(NATIVE, 0);
        // No whole panels: Java adds what the kernels for products give.
        assertThat(merge.merged(NATIVE, 1)).isDeepEqualTo(merged);
        if ((half & 6) != 6) {
            assertThat(merge.merged(new CpuDevice(), 0)).isDeepEqualTo(merged);
        }
    }

    private static DType dtype(int half) {
        return half == 0 ? DType.F32 : DType.BF16;
    }

    @Property(tries = 5)
    void mergesAnyRank(@ForAll @IntRange(min = 1000, max = 1050) int rank, @ForAll boolean half) {
        var dtype = half ? DType.BF16 : DType.F32;
        var merge = new Case(2, 75, rank, DType.BF16, dtype, dtype, true, 1);
        assertThat(merge.merged(NATIVE, 0)).isDeepEqualTo(merge.merged(NATIVE, 1));
    }

    @Test
    void roundsInfinitiesNansAndDenormalsAsJavaDoes() {
        float[][] weights = new float[16][];
        Arrays.setAll(weights, _ -> new float[] {1, -1, 0x1.8p-130f, 0x1p-133f});
        float[][] change = {{Float.MAX_VALUE, 0, 0x1.02p-130f, 0x1p-134f}};
        var b = new float[16][];
        Arrays.setAll(b, i -> new float[] {i % 2 == 0 ? 1 : -1});
        var gain = new float[16];
        for (int i = 0; i < gain.length; i++) {
            gain[i] = i % 3;
        }
        var merged = merged(NATIVE, weights, change, b, gain);
        // Texts are compared, as no NaN equals another.
        assertThat(Arrays.deepToString(merged))
                .contains("NaN", "Infinity", "-Infinity", "E-40")
                .isEqualTo(Arrays.deepToString(merged(new CpuDevice(), weights, change, b, gain)));
    }

    private static float[][] merged(
            CpuDevice device, float[][] weights, float[][] a, float[][] b, float[] gain) {
        try (var session = new Session(device, 1)) {
            var pristine = session.matrix(DType.BF16, Numbers.tensor(weights));
            var term =
                    new LowRank(
                            session.matrix(DType.F32, Numbers.tensor(a)),
                            session.matrix(DType.F32, Numbers.tensor(b)),
                            0,
                            8,
                            Optional.of(session.vector(gain)),
                            Optional.empty());
            var live = session.emptyLike(pristine);
            var update = new WeightUpdate(pristine, List.of(term), false);
            session.operations.merge(update, 0, weights.length, live);
            return session.download(live);
        }
    }
}
