package org.dlora.device.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.dlora.device.ArgMaxIndex;
import org.dlora.device.WeightMatrix;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** An index finds the output that is the largest one of the product, whatever the numbers are. */
@ExtendWith(NeedsNativeKernels.class)
@AddLifecycleHook(NeedsNativeKernels.class)
@NeedsKernels(KernelFamily.AVX512_BF16)
class ArgMaxIndexTest {
    /** Rows that every family looks for by the index. */
    private static final int FEW = 8;

    private static final float[] SIZES = {1e-38f, 1e-30f, 1e-19f, 1e-6f, 1, 1e6f, 1e17f, 1e20f};

    @Property(tries = 300)
    void indexFindsTheTokensOfTheProduct(
            @ForAll @IntRange(min = 1, max = 700) int outputs,
            @ForAll @IntRange(min = 1, max = 300) int columns,
            @ForAll @IntRange(min = 1, max = FEW) int rows,
            @ForAll @IntRange(min = 0, max = 5) int kind,
            @ForAll long seed) {
        var random = new Random(seed);
        float[][] w = weights(random, outputs, columns, kind);
        isTheSame(w, inputs(random, rows, columns), random.nextInt(1, 4));
    }

    @Property(tries = 40)
    void indexFindsTheTokensOfTheProductForManyRows(
            @ForAll @IntRange(min = 1, max = 3000) int outputs,
            @ForAll @IntRange(min = FEW + 1, max = 80) int rows,
            @ForAll long seed) {
        var random = new Random(seed);
        isTheSame(
                weights(random, outputs, 96, random.nextInt(6)),
                inputs(random, rows, 96),
                random.nextInt(1, 4));
    }

    /** Returns weights of which many outputs nearly equal each other, or equal each other. */
    private static float[][] weights(Random random, int outputs, int columns, int kind) {
        float size = kind == 0 ? SIZES[random.nextInt(SIZES.length - 2)] : 1;
        float[] centre = vector(random, columns, 1);
        var w = new float[outputs][];
        for (int i = 0; i < outputs; i++) {
            w[i] = vector(random, columns, size);
            switch (kind) {
                case 1 -> add(w[i], centre, 1e-2f);
                case 2 -> add(w[i], centre, 1e-4f);
                case 3 -> w[i] = i > 0 && random.nextBoolean() ? w[random.nextInt(i)] : w[i];
                case 4 -> w[i][random.nextInt(columns)] *= 100;
                case 5 -> Arrays.fill(w[i], random.nextInt(columns), columns, 0);
                default -> {}
            }
        }
        return w;
    }

    /** Turns {@code w} into what it had beside {@code centre}. */
    private static void add(float[] w, float[] centre, float share) {
        for (int i = 0; i < w.length; i++) {
            w[i] = centre[i] + share * w[i];
        }
    }

    private static float[][] inputs(Random random, int rows, int columns) {
        return IntStream.range(0, rows)
                .mapToObj(_ -> {
                    float[] x = vector(random, columns, SIZES[random.nextInt(SIZES.length)]);
                    int at = random.nextInt(columns);
                    switch (random.nextInt(12)) {
                        case 0 -> Arrays.fill(x, 0);
                        case 1 -> x[at] = Float.NaN;
                        case 2 -> x[at] = Float.POSITIVE_INFINITY;
                        case 3 -> x[at] = 3e38f;
                        case 4 -> x[at] *= 1000;
                        default -> {}
                    }
                    return x;
                })
                .toArray(float[][]::new);
    }

    private static float[] vector(Random random, int size, float scale) {
        var vector = new float[size];
        for (int i = 0; i < size; i++) {
            vector[i] = scale * (float) random.nextGaussian();
        }
        return vector;
    }

    /**
     * All integers of a rotated row of ones at the beginning of each block are the largest ones.
     */
    @Test
    void sumsOfTheMostColumnsDoNotOverflow() {
        int columns = 65536;
        var w = new float[20][columns];
        for (int i = 0; i < w.length; i++) {
            for (int column = 0; column < columns; column += 64) {
                w[i][column] = i == 7 ? 1 : -1;
            }
        }
        w[12] = w[7];
        isTheSame(w, new float[][] {w[7], w[0]}, 2);
        with(KernelFamily.AVX512_BF16, w, index -> assertThat(index).isPresent());
    }

    @Test
    void weightsThatAreNotFiniteOrNearToItHaveNoIndex() {
        for (float odd : new float[] {Float.NaN, Float.NEGATIVE_INFINITY, 3e38f, 2e18f}) {
            float[][] w = new Numbers(1).rows(100, 70);
            w[99][69] = odd;
            with(KernelFamily.AVX512_BF16, w, index -> assertThat(index).isEmpty());
        }
    }

    @Test
    void takesALittleMoreThanAByteForEachWeightAndGivesItBack() {
        try (var device = new CpuDevice(KernelFamily.AVX512_BF16);
                var matrix =
                        device.matrix(
                                List.of(Numbers.tensor(new Numbers(3).rows(640, 512))),
                                DType.BF16)) {
            long before = device.bytes();
            try (var index = device.argMaxIndex(matrix).orElseThrow()) {
                assertThat(index.matrix()).isSameAs(matrix);
                assertThat(index.bytes())
                        .isBetween(640L * 512, 640L * 512 * 6 / 5)
                        .isEqualTo(device.argMaxIndexBytes(640, 512, DType.BF16));
                assertThat(device.bytes()).isEqualTo(before + index.bytes());
            }
            assertThat(device.bytes()).isEqualTo(before);
        }
    }

    @Test
    void float32HasNoIndex() {
        float[][] w = new Numbers(1).rows(40, 30);
        for (var family : new KernelFamily[] {KernelFamily.JAVA, KernelFamily.AVX512}) {
            with(family, w, index -> assertThat(index).isEmpty());
        }
        try (var session = new Session(new CpuDevice(KernelFamily.AVX512_BF16), 1)) {
            var matrix = session.matrix(DType.F32, Numbers.tensor(w));
            assertThat(session.device.argMaxIndex(matrix)).isEmpty();
            assertThat(session.device.argMaxIndexBytes(40, 30, DType.F32)).isZero();
        }
    }

    @Test
    void argumentsAreChecked() {
        float[][] w = new Numbers(1).rows(40, 30);
        try (var session = new Session(new CpuDevice(KernelFamily.AVX512_BF16), 1)) {
            var matrix = session.matrix(DType.BF16, Numbers.tensor(w));
            try (var index = session.device.argMaxIndex(matrix).orElseThrow()) {
                var x = session.upload(w, 30);
                var narrow = session.upload(new float[2][29], 29);
                var operations = session.operations;
                assertThat(operations.linearArgMax(index, x, new int[0], new int[0])).isTrue();
                assertThatIllegalArgumentException()
                        .isThrownBy(() ->
                                operations.linearArgMax(index, narrow, new int[] {1}, new int[1]));
                assertThatIllegalArgumentException()
                        .isThrownBy(() ->
                                operations.linearArgMax(index, x, new int[] {40}, new int[1]));
                assertThatIllegalArgumentException()
                        .isThrownBy(
                                () -> operations.linearArgMax(index, x, new int[] {1}, new int[2]));
            }
        }
    }

    private static void with(
            KernelFamily family, float[][] w, Consumer<Optional<ArgMaxIndex>> check) {
        try (var session = new Session(new CpuDevice(family), 2)) {
            var index = session.device.argMaxIndex(matrix(session, w));
            check.accept(index);
            index.ifPresent(ArgMaxIndex::close);
        }
    }

    private static WeightMatrix matrix(Session session, float[][] w) {
        return session.matrix(DType.BF16, Numbers.tensor(w));
    }

    private static void isTheSame(float[][] w, float[][] x, int threads) {
        Stream.of(KernelFamily.AVX512_BF16, KernelFamily.AMX_EMULATED, KernelFamily.AMX)
                .filter(family -> KernelChoice.missing(family).isEmpty())
                .forEach(family -> isTheSame(family, w, x, threads));
    }

    private static void isTheSame(KernelFamily family, float[][] w, float[][] x, int threads) {
        try (var session = new Session(new CpuDevice(family), threads)) {
            var matrix = matrix(session, w);
            var input = session.upload(x, x[0].length);
            // In another order.
            int[] rows = IntStream.range(0, x.length).map(i -> i == 0 ? 0 : x.length - i).toArray();
            var outputs = session.buffer(x.length, w.length);
            session.operations.linear(matrix, Optional.empty(), input, x.length, outputs);
            var expected = new int[rows.length];
            session.operations.argMax(outputs, rows, expected);
            try (var index = session.device.argMaxIndex(matrix).orElseThrow()) {
                var found = new int[rows.length];
                boolean isDone = session.operations.linearArgMax(index, input, rows, found);
                assertThat(isDone)
                        .isEqualTo(family == KernelFamily.AVX512_BF16 || rows.length <= FEW);
                if (isDone) {
                    assertThat(found).as("%s", family).isEqualTo(expected);
                }
            }
        }
    }
}
