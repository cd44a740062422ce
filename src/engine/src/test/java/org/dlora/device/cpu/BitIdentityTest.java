package org.dlora.device.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.dlora.device.Activations;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvCache;
import org.dlora.device.KvLayout;
import org.dlora.device.LoraBatch;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.LoraTerm.Replacement;
import org.dlora.device.LoraTerm.Shift;
import org.dlora.device.RaggedBatch;
import org.dlora.device.StepEpoch;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightVector;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;

/** A row's result has the same bits alone and in any company. */
abstract class BitIdentityTest {
    private final Supplier<CpuDevice> devices;

    BitIdentityTest(Supplier<CpuDevice> devices) {
        this.devices = devices;
    }

    private static void assertSameBits(float[][] actual, float[][] expected) {
        assertThat(actual).hasNumberOfRows(expected.length);
        for (int i = 0; i < expected.length; i++) {
            // Compares bits, so 0 and -0 differ.
            assertThat(Arrays.equals(actual[i], expected[i])).as("row %d", i).isTrue();
        }
    }

    @Property(tries = 60)
    void linearRowsAreTheSameAloneAndInABatchOnAnyTeam(
            @ForAll @IntRange(min = 1, max = 300) int n,
            @ForAll @IntRange(min = 1, max = 300) int k,
            @ForAll @IntRange(min = 2, max = 70) int rows,
            @ForAll boolean half) {
        var weight = new Numbers(k).tensor(DType.F32, n, k);
        float[][] x = new Numbers(n).rows(rows, k);
        DType storage = half ? DType.BF16 : DType.F32;
        var alone = new float[rows][];
        for (int row = 0; row < rows; row++) {
            alone[row] = linear(1, storage, weight, new float[][] {x[row]})[0];
        }
        for (int threads = 1; threads <= 3; threads++) {
            assertSameBits(linear(threads, storage, weight, x), alone);
        }
    }

    /** More rows than those whose rounded values a kernel keeps at a time. */
    @Property(tries = 4)
    void rowsOfLongInputsAreTheSameAloneAndInABatch(
            @ForAll @IntRange(min = 8192, max = 9000) int k,
            @ForAll @IntRange(min = 40, max = 60) int rows) {
        var weight = new Numbers(k).tensor(DType.F32, 70, k);
        float[][] x = new Numbers(rows).rows(rows, k);
        var alone = new float[rows][];
        for (int row = 0; row < rows; row++) {
            alone[row] = linear(1, DType.BF16, weight, new float[][] {x[row]})[0];
        }
        assertSameBits(linear(1, DType.BF16, weight, x), alone);
        assertSameBits(linear(2, DType.BF16, weight, x), alone);
    }

    @Property(tries = 60)
    void gatedProductsHaveTheBitsOfAProductAndAnActivation(
            @ForAll @IntRange(min = 1, max = 140) int panels,
            @ForAll @IntRange(max = 1) int more,
            @ForAll @IntRange(min = 1, max = 130) int k,
            @ForAll @IntRange(min = 1, max = 70) int rows,
            @ForAll boolean half,
            @ForAll boolean biased) {
        assertGated(16 * panels + more, k, rows, half ? DType.BF16 : DType.F32, biased);
    }

    /** More rows than those that are activated at a time, and than those of two workers. */
    @Property(tries = 6)
    void gatedProductsOfManyRowsHaveTheBitsOfAProductAndAnActivation(
            @ForAll @IntRange(min = 1, max = 20) int panels,
            @ForAll @IntRange(min = 1, max = 200) int k,
            @ForAll @IntRange(min = 250, max = 1100) int rows) {
        assertGated(16 * panels, k, rows, DType.BF16, false);
    }

    private void assertGated(int n, int k, int rows, DType storage, boolean biased) {
        for (int threads = 1; threads <= 3; threads++) {
            try (var session = new Session(devices.get(), threads)) {
                var weight = session.matrix(storage, new Numbers(k).tensor(DType.F32, 2 * n, k));
                Optional<WeightVector> bias =
                        biased
                                ? Optional.of(session.vector(new Numbers(3).vector(2 * n)))
                                : Optional.empty();
                var x = session.upload(new Numbers(n).rows(rows, k), k);
                var gateUp = session.buffer(rows, 2 * n);
                var expected = session.buffer(rows, n);
                session.operations.linear(weight, bias, x, rows, gateUp);
                session.operations.siluMul(gateUp, rows, expected);
                var out = session.buffer(rows, n);
                session.operations.gatedLinear(
                        weight, bias, x, rows, session.buffer(rows, 2 * n), out);
                assertSameBits(session.download(out), session.download(expected));
            }
        }
    }

    private float[][] linear(int threads, DType storage, Tensor weight, float[][] x) {
        try (var session = new Session(devices.get(), threads)) {
            int n = weight.size(0);
            Activations y = session.buffer(x.length, n);
            var bias = session.vector(new Numbers(3).vector(n));
            session.operations.linear(
                    session.matrix(storage, weight),
                    Optional.of(bias),
                    session.upload(x, weight.size(1)),
                    x.length,
                    y);
            return session.download(y);
        }
    }

    @Property(tries = 60)
    void lowRankRowsAreTheSameAloneAndInAnyGroup(
            @ForAll @IntRange(min = 1, max = 200) int n,
            @ForAll @IntRange(min = 1, max = 200) int k,
            @ForAll @IntRange(min = 1, max = 70) int rank,
            @ForAll @IntRange(min = 2, max = 40) int rows,
            @ForAll @IntRange(max = 3) int kind,
            @ForAll boolean half) {
        float[][] x = new Numbers(n).rows(rows, k);
        float[][] y = new Numbers(k).rows(rows, n);
        int middle = rows / 2;
        for (int threads = 1; threads <= 3; threads++) {
            try (var session = new Session(devices.get(), threads)) {
                DType storage = half ? DType.BF16 : DType.F32;
                WeightMatrix a =
                        session.matrix(storage, new Numbers(rank).tensor(DType.F32, rank, k));
                WeightMatrix b =
                        session.matrix(storage, new Numbers(rank + 1).tensor(DType.F32, n, rank));
                Optional<WeightVector> vector = Optional.of(session.vector(y[0]));
                List<LoraTerm> terms =
                        switch (kind) {
                            case 0 -> List.of(new LowRank(a, b, 0, 0.25f));
                            case 1 -> List.of(new LowRank(a, b, 0, 0.25f, vector, vector));
                            case 2 -> List.of(new Shift(vector.get(), 0));
                            default ->
                                    List.of(
                                            new Replacement(
                                                    session.matrix(
                                                            storage,
                                                            new Numbers(7)
                                                                    .tensor(DType.F32, n, k))));
                        };
                var whole = List.of(new LoraGroup(0, rows, terms));
                var halves =
                        List.of(
                                new LoraGroup(0, middle, terms),
                                new LoraGroup(middle, rows - middle, terms));
                List<LoraGroup> single =
                        IntStream.range(0, rows)
                                .mapToObj(row -> new LoraGroup(row, 1, terms))
                                .toList();
                float[][] expected = lora(session, whole, x, y);
                assertSameBits(lora(session, halves, x, y), expected);
                assertSameBits(lora(session, single, x, y), expected);
            }
        }
    }

    private static float[][] lora(
            Session session, List<LoraGroup> groups, float[][] x, float[][] y) {
        Activations out = session.upload(y, y[0].length);
        session.lora(groups, session.upload(x, x[0].length), out);
        return session.download(out);
    }

    @Property(tries = 60)
    void attentionIsTheSameHoweverASequenceIsCutAndWhereverItsBlocksLie(
            @ForAll @IntRange(min = 1, max = 3) int kvHeads,
            @ForAll @IntRange(min = 1, max = 5) int group,
            @ForAll @IntRange(min = 1, max = 40) int headDim,
            @ForAll @IntRange(max = 40) int window,
            @ForAll @Size(min = 1, max = 6) List<@IntRange(min = 1, max = 20) Integer> cuts,
            @ForAll boolean half) {
        var shape = new AttentionShape(kvHeads * group, kvHeads, headDim, 0.4f, window);
        int length = cuts.stream().mapToInt(i -> i).sum();
        float[][] rows = new Numbers(length).rows(length, shape.qkvWidth());
        DType dtype = half ? DType.BF16 : DType.F32;
        int blocks = 2 * KvLayout.blocksFor(length);
        int[] forward = IntStream.range(0, blocks).toArray();
        int[] scattered = IntStream.range(0, blocks).map(i -> blocks - 1 - i).toArray();
        float[][] whole = attend(1, shape, dtype, rows, List.of(length), forward);
        for (int threads = 1; threads <= 3; threads++) {
            assertSameBits(attend(threads, shape, dtype, rows, cuts, forward), whole);
        }
        assertSameBits(attend(2, shape, dtype, rows, cuts, scattered), whole);
        List<Integer> oneByOne = IntStream.range(0, length).mapToObj(_ -> 1).toList();
        assertSameBits(attend(2, shape, dtype, rows, oneByOne, scattered), whole);
    }

    private float[][] attend(
            int threads,
            AttentionShape shape,
            DType dtype,
            float[][] rows,
            List<Integer> cuts,
            int[] table) {
        try (var session = new Session(devices.get(), threads)) {
            KvCache cache =
                    session.kvCache(
                            new KvLayout(1, shape.kvHeads(), shape.headDim(), table.length, dtype));
            var result = new ArrayList<float[]>();
            int position = 0;
            for (int length : cuts) {
                int end = position + length;
                var chunk = new RaggedBatch.Chunk(0, length, position, table);
                var batch =
                        new RaggedBatch(
                                new int[length],
                                IntStream.range(position, end).toArray(),
                                List.of(chunk));
                Activations qkv =
                        session.upload(Arrays.copyOfRange(rows, position, end), shape.qkvWidth());
                Activations out = session.buffer(length, shape.outWidth());
                session.writeKv(qkv, batch, shape, cache, 0);
                session.attention(qkv, batch, shape, cache, 0, out);
                result.addAll(Arrays.asList(session.download(out)));
                position = end;
            }
            return result.toArray(float[][]::new);
        }
    }

    /** A weight of zero does not take away what is no number. */
    @Property(tries = 30)
    void attentionOfARowIgnoresLaterRowsThatAreNotNumbers(
            @ForAll @IntRange(min = 1, max = 100) int length,
            @ForAll @IntRange(min = 1, max = 40) int later,
            @ForAll @IntRange(max = 40) int window,
            @ForAll boolean infinite,
            @ForAll boolean half) {
        var shape = new AttentionShape(6, 2, 20, 0.4f, window);
        DType dtype = half ? DType.BF16 : DType.F32;
        float[][] rows = new Numbers(length).rows(length + later, shape.qkvWidth());
        float value = infinite ? Float.POSITIVE_INFINITY : Float.NaN;
        Arrays.fill(rows[length], shape.outWidth(), shape.qkvWidth(), value);
        int[] table = IntStream.range(0, KvLayout.blocksFor(rows.length)).toArray();
        float[][] whole = attend(2, shape, dtype, rows, List.of(rows.length), table);
        float[][] before = Arrays.copyOf(rows, length);
        float[][] expected = attend(1, shape, dtype, before, List.of(length), table);
        assertSameBits(Arrays.copyOf(whole, length), expected);
    }

    @Property(tries = 20)
    void attentionOfASequenceIgnoresItsNeighboursAndWhatItsBlocksHeldBefore(
            @ForAll @IntRange(min = 1, max = 60) int length,
            @ForAll @IntRange(max = 30) int window,
            @ForAll boolean half) {
        var shape = new AttentionShape(6, 2, 20, 0.4f, window);
        DType dtype = half ? DType.BF16 : DType.F32;
        float[][] rows = new Numbers(length).rows(length, shape.qkvWidth());
        int blocks = KvLayout.blocksFor(length);
        int[] table = IntStream.range(0, blocks).toArray();
        float[][] alone = attend(1, shape, dtype, rows, List.of(length), table);
        try (var session = new Session(devices.get(), 2)) {
            KvCache cache = session.kvCache(new KvLayout(1, 2, 20, 2 * blocks, dtype));
            var poison = new float[16 * blocks][shape.qkvWidth()];
            for (float[] row : poison) {
                Arrays.fill(row, Float.NaN);
            }
            var old = new RaggedBatch.Chunk(0, poison.length, 0, table);
            session.writeKv(session.upload(poison, shape.qkvWidth()), batch(old), shape, cache, 0);
            int[] others = IntStream.range(blocks, 2 * blocks).toArray();
            var batch =
                    batch(
                            new RaggedBatch.Chunk(0, length, 0, others),
                            new RaggedBatch.Chunk(length, length, 0, table));
            var both =
                    new ArrayList<float[]>(
                            Arrays.asList(new Numbers(7).rows(length, shape.qkvWidth())));
            both.addAll(Arrays.asList(rows));
            Activations qkv = session.upload(both.toArray(float[][]::new), shape.qkvWidth());
            Activations out = session.buffer(2 * length, shape.outWidth());
            session.writeKv(qkv, batch, shape, cache, 0);
            session.attention(qkv, batch, shape, cache, 0, out);
            assertSameBits(Arrays.copyOfRange(session.download(out), length, 2 * length), alone);
        }
    }

    /**
     * Rows and elements enough for workers to share all operations of the first step and most of
     * the second, and go through them without waiting for one another.
     */
    @Property(tries = 12)
    void stepsAreTheSameOnAnyTeam(
            @ForAll @IntRange(min = 24, max = 50) int decodes,
            @ForAll @IntRange(min = 1, max = 3) int kvHeads,
            @ForAll @IntRange(max = 40) int window,
            @ForAll boolean half) {
        var shape = new AttentionShape(4 * kvHeads, kvHeads, 32, 0.4f, window);
        float[][] alone = layers(1, shape, half ? DType.BF16 : DType.F32, decodes);
        for (int threads = 2; threads <= 3; threads++) {
            assertSameBits(layers(threads, shape, half ? DType.BF16 : DType.F32, decodes), alone);
        }
    }

    /**
     * Fills caches in one step, and decodes in the next, beside a prompt. Returns the rows of both.
     */
    private float[][] layers(int threads, AttentionShape shape, DType dtype, int decodes) {
        int past = 20;
        int count = 3;
        int rows = 2 * decodes;
        int blocks = KvLayout.blocksFor(past + 1);
        try (var session = new Session(devices.get(), threads)) {
            var cache =
                    session.kvCache(
                            new KvLayout(
                                    count,
                                    shape.kvHeads(),
                                    shape.headDim(),
                                    (decodes + 4) * blocks,
                                    dtype));
            var before = new ArrayList<RaggedBatch.Chunk>();
            var now = new ArrayList<RaggedBatch.Chunk>();
            for (int i = 0; i < decodes; i++) {
                int[] table = IntStream.range(i * blocks, (i + 1) * blocks).toArray();
                before.add(new RaggedBatch.Chunk(i * past, past, 0, table));
                now.add(new RaggedBatch.Chunk(i, 1, past, table));
            }
            int[] rest = IntStream.range(decodes * blocks, (decodes + 4) * blocks).toArray();
            now.add(new RaggedBatch.Chunk(decodes, decodes, 0, rest));
            var model = new Layers(session, shape, dtype, count, Math.max(rows, decodes * past));
            var results =
                    new ArrayList<>(
                            model.step(batch(before.toArray(RaggedBatch.Chunk[]::new)), cache));
            results.addAll(model.step(batch(now.toArray(RaggedBatch.Chunk[]::new)), cache));
            return results.toArray(float[][]::new);
        }
    }

    /** Some layers with the same weights. */
    private static final class Layers {
        private static final int HIDDEN = 272;
        private static final int INNER = 192;
        private final Session session;
        private final AttentionShape shape;
        private final int count;
        private final WeightMatrix table;
        private final WeightMatrix qkvWeight;
        private final WeightMatrix outWeight;
        private final WeightMatrix gateUpWeight;
        private final WeightMatrix downWeight;
        private final WeightVector norm;
        private final WeightVector headNorm;
        private final WeightVector angles;
        private final Activations residual;
        private final Activations hidden;
        private final Activations qkv;
        private final Activations attended;
        private final Activations gateUp;
        private final Activations gated;

        Layers(Session session, AttentionShape shape, DType dtype, int count, int rows) {
            this.session = session;
            this.shape = shape;
            this.count = count;
            table = session.matrix(dtype, new Numbers(1).tensor(DType.F32, 50, HIDDEN));
            qkvWeight = matrix(2, dtype, shape.qkvWidth(), HIDDEN);
            outWeight = matrix(3, dtype, HIDDEN, shape.outWidth());
            gateUpWeight = matrix(4, dtype, 2 * INNER, HIDDEN);
            downWeight = matrix(5, dtype, HIDDEN, INNER);
            norm = session.vector(new Numbers(6).vector(HIDDEN));
            headNorm = session.vector(new Numbers(7).vector(shape.headDim()));
            angles = session.vector(new Numbers(8).vector(100 * shape.headDim() / 2));
            residual = session.buffer(rows, HIDDEN);
            hidden = session.buffer(rows, HIDDEN);
            qkv = session.buffer(rows, shape.qkvWidth());
            attended = session.buffer(rows, shape.outWidth());
            gateUp = session.buffer(rows, 2 * INNER);
            gated = session.buffer(rows, INNER);
        }

        private WeightMatrix matrix(int seed, DType dtype, int n, int k) {
            return session.matrix(dtype, new Numbers(seed).tensor(DType.F32, n, k));
        }

        List<float[]> step(RaggedBatch batch, KvCache cache) {
            int rows = batch.rows();
            var tokens = IntStream.range(0, rows).map(i -> i * 7 % 50).toArray();
            var of = new RaggedBatch(tokens, batch.positions(), batch.chunks());
            var ops = session.operations;
            var epoch = new StepEpoch(cache, 0);
            try (var step = ops.begin(of, new int[0], LoraBatch.NONE, epoch)) {
                step.embed(table, residual);
                ops.rmsNorm(residual, rows, norm, 1e-5f, hidden);
                for (int layer = 0; layer < count; layer++) {
                    ops.linear(qkvWeight, Optional.empty(), hidden, rows, qkv);
                    ops.headNorm(qkv, rows, 0, shape.heads(), shape.headDim(), headNorm, 1e-5f);
                    step.rope(qkv, shape, angles, angles);
                    step.writeKv(qkv, shape, cache, layer);
                    step.attention(qkv, shape, cache, layer, attended);
                    ops.linear(outWeight, Optional.empty(), attended, rows, hidden);
                    ops.addRmsNorm(hidden, residual, rows, norm, 1e-5f, hidden);
                    ops.gatedLinear(gateUpWeight, Optional.empty(), hidden, rows, gateUp, gated);
                    ops.linear(downWeight, Optional.empty(), gated, rows, hidden);
                    ops.addRmsNorm(hidden, residual, rows, norm, 1e-5f, hidden);
                }
            }
            return Arrays.asList(session.download(hidden)).subList(0, rows);
        }
    }

    private static RaggedBatch batch(RaggedBatch.Chunk... chunks) {
        int[] positions =
                Arrays.stream(chunks)
                        .flatMapToInt(c ->
                                IntStream.range(c.firstPosition(), c.firstPosition() + c.rows()))
                        .toArray();
        return new RaggedBatch(new int[positions.length], positions, List.of(chunks));
    }
}
