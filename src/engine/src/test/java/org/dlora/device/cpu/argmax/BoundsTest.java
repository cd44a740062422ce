package org.dlora.device.cpu.argmax;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.device.cpu.NeedsKernels;
import org.dlora.device.cpu.NeedsNativeKernels;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.memory.Memory;
import org.dlora.device.cpu.memory.MemoryAccount;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.cpu.natives.NativeLibrary;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** No output is above its panel's bound, and bounds are so near that few panels are left. */
@ExtendWith(NeedsNativeKernels.class)
@AddLifecycleHook(NeedsNativeKernels.class)
@NeedsKernels(KernelFamily.AVX512_BF16)
class BoundsTest {
    private static final float[] SIZES = {1e-39f, 1e-37f, 1e-20f, 1e-17f, 1e-3f, 1, 100, 1e15f};

    @Property(tries = 150)
    void noOutputIsAboveItsBound(
            @ForAll @IntRange(min = 1, max = 200) int outputs,
            @ForAll @IntRange(min = 1, max = 4096) int columns,
            @ForAll long seed) {
        var random = new Random(seed);
        float[][] w = rows(random, outputs, columns);
        float[][] x = rows(random, 7, columns);
        Stream.of(KernelFamily.AVX512_BF16, KernelFamily.AMX_EMULATED)
                .forEach(family -> {
                    float[][] y = outputs(family, w, x);
                    float[][] bounds = bounds(family, w, x);
                    for (int row = 0; row < x.length; row++) {
                        if (bounds[row].length > 0) {
                            for (int i = 0; i < outputs; i++) {
                                assertThat(y[row][i])
                                        .as("%s, output %d of row %d", family, i, row)
                                        .isLessThanOrEqualTo(bounds[row][i / 16]);
                            }
                        }
                    }
                });
    }

    /** Returns rows of mixed sizes, some of them parallel, some with few elements. */
    private static float[][] rows(Random random, int count, int columns) {
        var rows = new float[count][columns];
        for (int i = 0; i < count; i++) {
            float size = SIZES[random.nextInt(SIZES.length)];
            int from = random.nextInt(4) == 0 ? random.nextInt(columns) : 0;
            for (int k = from; k < columns; k++) {
                rows[i][k] = size * (float) random.nextGaussian();
            }
            if (i > 0 && random.nextInt(3) == 0) {
                for (int k = 0; k < columns; k++) {
                    rows[i][k] = rows[i - 1][k] * (1 + 0.01f * random.nextInt(3));
                }
            }
        }
        return rows;
    }

    @Test
    void fewPanelsAreLeft() {
        var random = new Random(3);
        float[][] w = normal(random, 8000, 576);
        float[][] x = normal(random, 20, 576);
        for (float[] row : x) {
            row[random.nextInt(576)] *= 20; // As hidden rows have.
        }
        float[][] y = outputs(KernelFamily.AVX512_BF16, w, x);
        float[][] bounds = bounds(KernelFamily.AVX512_BF16, w, x);
        int left = 0;
        for (int row = 0; row < x.length; row++) {
            float largest = largest(y[row]);
            for (float bound : bounds[row]) {
                left += bound >= largest ? 1 : 0;
            }
        }
        assertThat(left / x.length).as("panels of %d", bounds[0].length).isBetween(1, 25);
    }

    @Test
    void rowsThatAreTooSmallOrTooLargeOrNotFiniteHaveNoBounds() {
        float[][] w = normal(new Random(1), 40, 100);
        float[][] x = normal(new Random(2), 6, 100);
        Arrays.fill(x[0], 0);
        Arrays.fill(x[1], 1e-20f);
        Arrays.fill(x[2], 1e18f);
        x[3][99] = Float.NaN;
        x[4][0] = Float.POSITIVE_INFINITY;
        float[][] bounds = bounds(KernelFamily.AVX512_BF16, w, x);
        assertThat(IntStream.range(0, 6).map(row -> bounds[row].length))
                .containsExactly(0, 0, 0, 0, 0, 3);
    }

    private static float largest(float[] row) {
        float largest = row[0];
        for (float value : row) {
            largest = Math.max(largest, value);
        }
        return largest;
    }

    private static float[][] normal(Random random, int rows, int columns) {
        return IntStream.range(0, rows)
                .mapToObj(_ -> {
                    var row = new float[columns];
                    for (int i = 0; i < columns; i++) {
                        row[i] = (float) random.nextGaussian();
                    }
                    return row;
                })
                .toArray(float[][]::new);
    }

    private static float[][] outputs(KernelFamily family, float[][] w, float[][] x) {
        try (var session = new Session(new CpuDevice(family), 1)) {
            var y = session.buffer(x.length, w.length);
            session.operations.linear(
                    session.matrix(DType.BF16, Numbers.tensor(w)),
                    Optional.empty(),
                    session.upload(x, x[0].length),
                    x.length,
                    y);
            return session.download(y);
        }
    }

    /** Returns the bound of each panel for each row, none for a row that has no bounds. */
    private static float[][] bounds(KernelFamily family, float[][] w, float[][] x) {
        var library = requireNonNull(NativeLibrary.attempt().library());
        var kernels = IndexKernels.of(library, family).orElseThrow();
        try (var session = new Session(new CpuDevice(family), 1)) {
            var matrix = PanelMatrix.of(session.matrix(DType.BF16, Numbers.tensor(w)));
            int groups = IndexKernels.groups(matrix);
            long rounded = IndexKernels.roundedBytes(matrix);
            try (var index = kernels.index(matrix, new MemoryAccount()).orElseThrow();
                    var row = Memory.allocate(4L * x[0].length);
                    var integers = Memory.allocate(x.length * rounded);
                    var facts = Memory.allocate(x.length * IndexKernels.ROW_BYTES);
                    var upper = Memory.allocate(16L * x.length * groups)) {
                for (int i = 0; i < x.length; i++) {
                    for (int k = 0; k < x[i].length; k++) {
                        row.segment().setAtIndex(JAVA_FLOAT, k, x[i][k]);
                    }
                    kernels.round(
                            matrix,
                            row.address(),
                            integers.address() + i * rounded,
                            facts.address() + i * IndexKernels.ROW_BYTES);
                }
                kernels.bound(
                        index,
                        0,
                        groups,
                        integers.address(),
                        facts.address(),
                        x.length,
                        upper.address());
                var bounds = new float[x.length][];
                for (int i = 0; i < x.length; i++) {
                    long norm = i * IndexKernels.ROW_BYTES + IndexKernels.ROW_NORM;
                    bounds[i] =
                            new float
                                    [Float.isNaN(facts.segment().get(JAVA_FLOAT, norm))
                                            ? 0
                                            : matrix.panels()];
                    for (int panel = 0; panel < bounds[i].length; panel++) {
                        long at = (long) i * IndexKernels.GROUP * groups + panel;
                        bounds[i][panel] = upper.segment().getAtIndex(JAVA_FLOAT, at);
                    }
                }
                return bounds;
            }
        }
    }
}
