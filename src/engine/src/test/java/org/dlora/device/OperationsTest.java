package org.dlora.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.dlora.device.LoraTerm.Affine;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.LoraTerm.Replacement;
import org.dlora.device.LoraTerm.Shift;
import org.dlora.device.reference.BatchBuilder;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.ReferenceDevice;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests that every backend must pass: each operation on the device and on {@link ReferenceDevice},
 * element by element.
 */
public abstract class OperationsTest {
    /** Half a unit in the last place of 1: the largest relative error of one float32 rounding. */
    private static final double ROUNDING = 0x1p-24;

    protected abstract Device device();

    /** Returns the rounding of a product with a matrix of this dtype, relative to float32. */
    protected double coarseness(DType storage) {
        return 1;
    }

    /** Float32 roundings of attention over a cache of this dtype. */
    protected double attentionRoundings(DType cache) {
        return 200;
    }

    /**
     * Runs {@code scenario} on both devices; the results may differ by {@code roundings} of numbers
     * of size 1.
     */
    private void matches(double roundings, Function<Session, float[][]> scenario) {
        matches(2, roundings, scenario);
    }

    private void matches(int threads, double roundings, Function<Session, float[][]> scenario) {
        try (var tested = new Session(device(), threads);
                var reference = new Session(new ReferenceDevice(), 1)) {
            float[][] actual = scenario.apply(tested);
            float[][] expected = scenario.apply(reference);
            assertThat(actual).hasNumberOfRows(expected.length);
            for (int i = 0; i < expected.length; i++) {
                for (int j = 0; j < expected[i].length; j++) {
                    double error = Math.abs((double) actual[i][j] - expected[i][j]);
                    assertThat(error)
                            .as("[%d][%d]: %s, reference %s", i, j, actual[i][j], expected[i][j])
                            .isLessThanOrEqualTo(
                                    roundings * ROUNDING * Math.max(1, Math.abs(expected[i][j])));
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"F32, F32", "F32, BF16", "BF16, BF16", "BF16, F32", "F16, F32"})
    void embedsRowsOfAnyWeight(DType source, DType storage) {
        var table = new Numbers(1).tensor(source, 37, 29);
        matches(
                0,
                session -> {
                    Activations out = session.buffer(4, 29);
                    session.embed(session.matrix(storage, table), new int[] {36, 0, 17, 0}, out);
                    return session.download(out);
                });
    }

    @ParameterizedTest
    @CsvSource({
        "F32, F32, 1, 1",
        "F32, F32, 16, 64",
        "F32, BF16, 33, 7",
        "BF16, BF16, 64, 48",
        "BF16, BF16, 65, 47",
        "BF16, F32, 130, 31",
        "F16, F32, 100, 64",
        "BF16, BF16, 576, 192",
        "F32, F32, 300, 257"
    })
    void multipliesByWeightsOfAnyShape(DType source, DType storage, int n, int k) {
        for (int rows : new int[] {0, 1, 2, 3, 4, 5, 7, 8, 9, 70}) {
            linear(source, storage, n, k, rows, rows % 2 == 0);
        }
    }

    @Property(tries = 200)
    void multipliesByWeights(
            @ForAll @IntRange(min = 1, max = 150) int n,
            @ForAll @IntRange(min = 1, max = 150) int k,
            @ForAll @IntRange(max = 20) int rows,
            @ForAll boolean half,
            @ForAll boolean bias) {
        linear(DType.F32, half ? DType.BF16 : DType.F32, n, k, rows, bias);
    }

    private void linear(DType source, DType storage, int n, int k, int rows, boolean biased) {
        var numbers = new Numbers(n * 1000L + k);
        var weight = numbers.tensor(source, n, k);
        float[] bias = numbers.vector(n);
        float[][] x = numbers.rows(rows, k);
        matches(
                (4 * k + 4) * coarseness(storage),
                session -> {
                    Activations y = session.buffer(rows, n);
                    Optional<WeightVector> b =
                            biased ? Optional.of(session.vector(bias)) : Optional.empty();
                    session.operations.linear(
                            session.matrix(storage, weight), b, session.upload(x, k), rows, y);
                    return session.download(y);
                });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 16, 40})
    void stacksTheOutputsOfSeveralWeights(int middle) {
        var numbers = new Numbers(middle);
        var q = numbers.tensor(DType.BF16, 24, 30);
        var k = numbers.tensor(DType.F32, middle, 30);
        var v = numbers.tensor(DType.F16, 7, 30);
        float[][] x = numbers.rows(3, 30);
        matches(
                4 * 30,
                session -> {
                    Activations y = session.buffer(3, 24 + middle + 7);
                    session.operations.linear(
                            session.matrix(DType.F32, q, k, v),
                            Optional.empty(),
                            session.upload(x, 30),
                            3,
                            y);
                    return session.download(y);
                });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 17, 64, 100, 576})
    void normalises(int width) {
        var numbers = new Numbers(width);
        float[] weight = numbers.vector(width);
        float[][] x = numbers.rows(5, width);
        float[][] residual = numbers.rows(5, width);
        matches(
                32,
                session -> {
                    Activations out = session.buffer(5, width);
                    session.operations.rmsNorm(
                            session.upload(x, width), 5, session.vector(weight), 1e-5f, out);
                    return session.download(out);
                });
        matches(
                32,
                session -> {
                    Activations sum = session.upload(residual, width);
                    session.operations.addRmsNorm(
                            session.upload(x, width),
                            sum,
                            5,
                            session.vector(weight),
                            1e-5f,
                            session.buffer(5, width));
                    return session.download(sum);
                });
        matches(
                32,
                session -> {
                    Activations out = session.buffer(5, width);
                    session.operations.addRmsNorm(
                            session.upload(x, width),
                            session.upload(residual, width),
                            5,
                            session.vector(weight),
                            1e-5f,
                            out);
                    return session.download(out);
                });
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 16, 20, 64})
    void normalisesTheHeadsOfASliceAndNothingElse(int headDim) {
        var numbers = new Numbers(headDim);
        float[] weight = numbers.vector(headDim);
        float[][] x = numbers.rows(3, 6 * headDim + 1);
        matches(
                32,
                session -> {
                    Activations qkv = session.upload(x, 6 * headDim + 1);
                    session.operations.headNorm(
                            qkv, 2, headDim, 3, headDim, session.vector(weight), 1e-6f);
                    return session.download(qkv);
                });
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 10, 32, 64, 80})
    void rotatesQueriesAndKeys(int headDim) {
        var numbers = new Numbers(headDim);
        var shape = new AttentionShape(4, 2, headDim, 1, 0);
        float[][] x = numbers.rows(7, shape.qkvWidth());
        float[] cos = numbers.vector(50 * headDim / 2);
        float[] sin = numbers.vector(50 * headDim / 2);
        var batch = new BatchBuilder(16).chunk(3, 5).chunk(44, 2).batch();
        matches(
                4,
                session -> {
                    Activations qkv = session.upload(x, shape.qkvWidth());
                    session.rope(qkv, batch, shape, session.vector(cos), session.vector(sin));
                    return session.download(qkv);
                });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 33, 200})
    void gates(int n) {
        float[][] x = new Numbers(n).rows(4, 2 * n);
        for (int i = 0; i < n; i++) {
            x[1][i] *= 100;
            x[2][i] *= 1e4f;
        }
        matches(
                8,
                session -> {
                    Activations out = session.buffer(4, n);
                    session.operations.siluMul(session.upload(x, 2 * n), 4, out);
                    return session.download(out);
                });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 21})
    void gathersRows(int width) {
        float[][] x = new Numbers(width).rows(6, width);
        matches(
                0,
                session -> {
                    Activations out = session.buffer(3, width);
                    session.gather(session.upload(x, width), new int[] {5, 0, 5}, out);
                    return session.download(out);
                });
    }

    @Property(tries = 100)
    void addsTheLowRankTermsOfEachGroup(
            @ForAll @Size(max = 6) List<@IntRange(max = 20) Integer> groupRows,
            @ForAll @IntRange(min = 1, max = 70) int k,
            @ForAll @IntRange(min = 1, max = 70) int n,
            @ForAll boolean half) {
        int rows = groupRows.stream().mapToInt(i -> i).sum() + 2;
        var numbers = new Numbers(k * 100L + n);
        float[][] x = numbers.rows(rows, k);
        float[][] y = numbers.rows(rows, 2 * n + 3);
        matches(
                40 * k * coarseness(half ? DType.BF16 : DType.F32),
                session -> {
                    var weights = new Numbers(n);
                    var groups = new ArrayList<LoraGroup>();
                    int row = 1;
                    for (int i = 0; i < groupRows.size(); i++) {
                        int rank = 1 + i * 7 % 40;
                        var terms = new ArrayList<LoraTerm>();
                        for (int term = 0; term < i % 3; term++) {
                            WeightMatrix a =
                                    session.matrix(
                                            half ? DType.BF16 : DType.F32,
                                            weights.tensor(DType.F32, rank, k));
                            WeightMatrix b =
                                    session.matrix(
                                            half ? DType.BF16 : DType.F32,
                                            weights.tensor(DType.F32, n, rank));
                            // The terms of the third group overlap.
                            terms.add(new LowRank(a, b, i == 2 ? term : 1 + term * n, 0.5f));
                        }
                        groups.add(new LoraGroup(row, groupRows.get(i), terms));
                        row += groupRows.get(i);
                    }
                    Activations out = session.upload(y, 2 * n + 3);
                    session.lora(groups, session.upload(x, k), out);
                    return session.download(out);
                });
    }

    /** Enough outputs for several units even if one of many groups has one row. */
    @ParameterizedTest
    @CsvSource({
        "F32, 1, 1", "F32, 1, 5", "F32, 12, 1", "F32, 12, 5",
        "BF16, 1, 1", "BF16, 1, 5", "BF16, 12, 1", "BF16, 12, 5"
    })
    void appliesTermsOfTheSameOutputsInTheirOrder(DType storage, int groups, int rows) {
        int n = 2100;
        int k = 48;
        int rank = 32;
        var numbers = new Numbers(rows);
        var a = numbers.tensor(DType.F32, rank, k);
        var b = numbers.tensor(DType.F32, n, rank);
        float[] gain = numbers.vector(n);
        float[] shift = numbers.vector(n);
        float[][] x = numbers.rows(groups * rows, k);
        float[][] y = numbers.rows(groups * rows, n);
        for (int threads = 1; threads <= 3; threads++) {
            matches(
                    threads,
                    40 * coarseness(storage),
                    session -> {
                        List<LoraTerm> terms =
                                List.of(
                                        new LowRank(
                                                session.matrix(storage, a),
                                                session.matrix(storage, b),
                                                0,
                                                0.5f),
                                        new Affine(session.vector(gain), Optional.empty(), 0),
                                        new Shift(session.vector(shift), 0));
                        Activations out = session.upload(y, n);
                        session.lora(
                                IntStream.range(0, groups)
                                        .mapToObj(i -> new LoraGroup(i * rows, rows, terms))
                                        .toList(),
                                session.upload(x, k),
                                out);
                        return session.download(out);
                    });
        }
    }

    /** An adapter whose modules have what {@code kinds} says, beside one of plain LoRA. */
    @Property(tries = 150)
    void appliesTheOtherTermsOfAGroup(
            @ForAll @Size(min = 1, max = 4) List<@IntRange(max = 6) Integer> kinds,
            @ForAll @IntRange(min = 1, max = 70) int k,
            @ForAll @IntRange(min = 1, max = 300) int n,
            @ForAll @IntRange(min = 1, max = 35) int rows,
            @ForAll boolean half) {
        var numbers = new Numbers(k * 1000L + n);
        int width = kinds.size() * n + 2;
        float[][] x = numbers.rows(rows + 3, k);
        float[][] y = numbers.rows(rows + 3, width);
        matches(
                80 * k * coarseness(half ? DType.BF16 : DType.F32),
                session -> {
                    var weights = new VariantWeights(session, half, n);
                    var plain = weights.term(0, k, n, 1);
                    var terms = new ArrayList<LoraTerm>();
                    for (int i = 0; i < kinds.size(); i++) {
                        terms.add(weights.term(kinds.get(i), k, n, 1 + i * n));
                    }
                    Activations out = session.upload(y, width);
                    session.lora(
                            List.of(
                                    new LoraGroup(1, rows, terms),
                                    new LoraGroup(1 + rows, 1, List.of(plain))),
                            session.upload(x, k),
                            out);
                    return session.download(out);
                });
    }

    @ParameterizedTest
    @CsvSource({"F32, 1, 1", "F32, 259, 64", "BF16, 300, 47", "BF16, 1000, 33", "F32, 700, 128"})
    void replacesTheMatrixOfAGroup(DType storage, int n, int k) {
        var numbers = new Numbers(n);
        var own = numbers.tensor(DType.F32, n, k);
        float[][] x = numbers.rows(25, k);
        float[][] y = numbers.rows(25, n);
        matches(
                (4 * k + 4) * coarseness(storage),
                session -> {
                    Activations out = session.upload(y, n);
                    LoraTerm replacement = new Replacement(session.matrix(storage, own));
                    session.lora(
                            List.of(
                                    new LoraGroup(2, 1, List.of(replacement)),
                                    new LoraGroup(4, 20, List.of(replacement))),
                            session.upload(x, k),
                            out);
                    return session.download(out);
                });
    }

    @Property(tries = 150)
    void adaptsEmbeddings(
            @ForAll @IntRange(max = 6) int kind,
            @ForAll @IntRange(min = 1, max = 60) int vocabulary,
            @ForAll @IntRange(min = 1, max = 200) int hidden,
            @ForAll @IntRange(min = 1, max = 35) int rows,
            @ForAll boolean half) {
        var numbers = new Numbers(vocabulary * 1000L + hidden);
        float[][] embedded = numbers.rows(rows + 3, hidden);
        int[] tokens = IntStream.range(0, rows + 3).map(t -> t * 7 % vocabulary).toArray();
        var table = numbers.tensor(DType.F32, vocabulary, hidden);
        matches(
                80 * coarseness(half ? DType.BF16 : DType.F32),
                session -> {
                    var weights = new VariantWeights(session, half, hidden);
                    var term = weights.term(kind, vocabulary, hidden, 0);
                    var own = new Replacement(session.matrix(DType.F32, table));
                    Activations out = session.upload(embedded, hidden);
                    session.loraEmbed(
                            List.of(
                                    new LoraGroup(1, rows, List.of(term)),
                                    new LoraGroup(1 + rows, 1, List.of(own))),
                            tokens,
                            out);
                    return session.download(out);
                });
    }

    /** Makes the same terms on every device. */
    private static final class VariantWeights {
        private final Session session;
        private final DType storage;
        private final Numbers numbers;

        private VariantWeights(Session session, boolean half, int seed) {
            this.session = session;
            this.storage = half ? DType.BF16 : DType.F32;
            this.numbers = new Numbers(seed);
        }

        private LoraTerm term(int kind, int k, int n, int firstOutput) {
            if (kind == 4) {
                return new Shift(vector(n), firstOutput);
            }
            if (kind >= 5) {
                var shift = kind == 5 ? Optional.<WeightVector>empty() : Optional.of(vector(n));
                return new Affine(vector(n), shift, firstOutput);
            }
            int rank = 1 + n % 20;
            return new LowRank(
                    session.matrix(storage, numbers.tensor(DType.F32, rank, k)),
                    session.matrix(storage, numbers.tensor(DType.F32, n, rank)),
                    firstOutput,
                    0.5f,
                    kind % 2 == 1 ? Optional.of(vector(n)) : Optional.empty(),
                    kind >= 2 ? Optional.of(vector(n)) : Optional.empty());
        }

        private WeightVector vector(int n) {
            return session.vector(numbers.vector(n));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "4, 2, 16, 0, F32",
        "3, 3, 64, 0, F32",
        "9, 3, 64, 0, BF16",
        "14, 2, 20, 0, BF16",
        "4, 1, 10, 5, F32",
        "8, 2, 128, 16, F32",
        "5, 5, 33, 17, BF16",
        "20, 1, 8, 0, F32"
    })
    void attends(int heads, int kvHeads, int headDim, int window, DType dtype) {
        var shape = new AttentionShape(heads, kvHeads, headDim, 0.3f, window);
        var sequences =
                new BatchBuilder(40)
                        .chunk(0, 1)
                        .chunk(15, 1)
                        .chunk(16, 1)
                        .chunk(31, 34)
                        .chunk(100, 3)
                        .chunk(0, 40);
        attention(shape, sequences, dtype);
    }

    @Property(tries = 100)
    void attendsOverRaggedBatches(
            @ForAll @IntRange(min = 1, max = 3) int kvHeads,
            @ForAll @IntRange(min = 1, max = 6) int group,
            @ForAll @IntRange(min = 1, max = 40) int headDim,
            @ForAll @IntRange(max = 40) int window,
            @ForAll @Size(min = 1, max = 4) List<@IntRange(max = 50) Integer> positions,
            @ForAll @IntRange(min = 1, max = 20) int rows,
            @ForAll boolean half) {
        var sequences = new BatchBuilder(positions.size() * 5);
        positions.forEach(position -> sequences.chunk(position, 1 + (position + rows) % 20));
        var shape = new AttentionShape(kvHeads * group, kvHeads, headDim, 0.5f, window);
        attention(shape, sequences, half ? DType.BF16 : DType.F32);
    }

    private void attention(AttentionShape shape, BatchBuilder sequences, DType dtype) {
        var numbers = new Numbers(shape.hashCode());
        RaggedBatch past = sequences.past();
        RaggedBatch batch = sequences.batch();
        float[][] pastRows = numbers.rows(past.rows(), shape.qkvWidth());
        float[][] rows = numbers.rows(batch.rows(), shape.qkvWidth());
        matches(
                attentionRoundings(dtype),
                session -> {
                    KvCache cache =
                            session.kvCache(
                                    new KvLayout(
                                            2,
                                            shape.kvHeads(),
                                            shape.headDim(),
                                            sequences.blocks(),
                                            dtype));
                    session.writeKv(
                            session.upload(pastRows, shape.qkvWidth()), past, shape, cache, 1);
                    Activations qkv = session.upload(rows, shape.qkvWidth());
                    Activations out = session.buffer(batch.rows(), shape.outWidth());
                    session.writeKv(qkv, batch, shape, cache, 1);
                    session.attention(qkv, batch, shape, cache, 1, out);
                    return session.download(out);
                });
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16"})
    void copiedBlocksGiveTheSameBitsOnAnyDeviceOfTheKind(DType dtype) {
        var shape = new AttentionShape(6, 2, 20, 0.3f, 0);
        var layout = new KvLayout(3, 2, 20, 4, dtype);
        float[][] past = new Numbers(1).rows(2 * KvLayout.BLOCK_TOKENS, shape.qkvWidth());
        float[][] other = new Numbers(2).rows(past.length, shape.qkvWidth());
        float[][] queries = new Numbers(3).rows(1, shape.qkvWidth());
        try (var session = new Session(device(), 2);
                var elsewhere = new Session(device(), 1);
                var arena = Arena.ofConfined()) {
            var cache = session.kvCache(layout);
            write(session, past, shape, cache, 2, 0);
            float[][] expected = attend(session, queries, shape, cache, 2, 0);
            var blocks = new ArrayList<MemorySegment>();
            for (int block : new int[] {2, 0}) {
                blocks.add(arena.allocate(cache.copyBytes()));
                cache.copyOut(block, blocks.getLast());
            }

            write(session, other, shape, cache, 2, 0);
            assertThat(attend(session, queries, shape, cache, 2, 0)).isNotEqualTo(expected);
            cache.copyIn(blocks.get(0), 1);
            cache.copyIn(blocks.get(1), 2);
            assertThat(attend(session, queries, shape, cache, 1, 2)).isDeepEqualTo(expected);

            var otherCache = elsewhere.kvCache(layout);
            otherCache.copyIn(blocks.get(0), 3);
            otherCache.copyIn(blocks.get(1), 0);
            assertThat(attend(elsewhere, queries, shape, otherCache, 3, 0)).isDeepEqualTo(expected);
        }
    }

    private static void write(
            Session session, float[][] rows, AttentionShape shape, KvCache cache, int... table) {
        var batch = chunk(0, rows.length, table);
        var qkv = session.upload(rows, shape.qkvWidth());
        for (int layer = 0; layer < cache.layout().layers(); layer++) {
            session.writeKv(qkv, batch, shape, cache, layer);
        }
    }

    /** Returns the attention of the row before the table's end, layer by layer. */
    private static float[][] attend(
            Session session, float[][] row, AttentionShape shape, KvCache cache, int... table) {
        var batch = chunk(table.length * KvLayout.BLOCK_TOKENS - 1, 1, table);
        var qkv = session.upload(row, shape.qkvWidth());
        var out = session.buffer(1, shape.outWidth());
        var all = new ArrayList<float[]>();
        for (int layer = 0; layer < cache.layout().layers(); layer++) {
            session.attention(qkv, batch, shape, cache, layer, out);
            all.addAll(List.of(session.download(out)));
        }
        return all.toArray(float[][]::new);
    }

    private static RaggedBatch chunk(int first, int rows, int... table) {
        return new RaggedBatch(
                new int[rows],
                IntStream.range(first, first + rows).toArray(),
                List.of(new RaggedBatch.Chunk(0, rows, first, table)));
    }

    @ParameterizedTest
    @CsvSource({"F32, 33, 7", "BF16, 100, 31", "BF16, 1, 1"})
    void copiedWeightsHaveTheSameElements(DType storage, int rows, int columns) {
        var numbers = new Numbers(rows);
        try (var session = new Session(device(), 1);
                var device = device();
                var elsewhere = new Session(device, 1);
                var arena = Arena.ofConfined()) {
            var matrix = session.matrix(storage, numbers.tensor(DType.F32, rows, columns));
            float[] expected = numbers.vector(columns);
            var vector = session.vector(expected);
            var copy = arena.allocate(session.device.copyBytes(matrix));
            session.device.copyOut(matrix, copy);
            var values = new float[columns];
            session.device.read(vector, values);
            long before = device.bytes();

            try (var copied = device.copyIn(copy);
                    var copiedVector = device.vector(values)) {
                assertThat(device.bytes())
                        .isEqualTo(before + matrix.bytes() + copiedVector.bytes());
                assertThat(elsewhere.download(copied)).isDeepEqualTo(session.download(matrix));
                assertThat(values).isEqualTo(expected);
            }
            assertThat(device.bytes()).isEqualTo(before);
        }
    }

    /** Layers of one step may differ in shape and cache. */
    @Test
    void aStepAttendsInEachOfItsLayers() {
        var sequences = new BatchBuilder(16).chunk(0, 9).chunk(0, 3);
        var batch = sequences.batch();
        var full = new AttentionShape(4, 2, 16, 0.3f, 0);
        var window = new AttentionShape(4, 2, 16, 0.3f, 4);
        var other = new AttentionShape(8, 1, 12, 0.3f, 0);
        var numbers = new Numbers(5);
        float[][] rows = numbers.rows(batch.rows(), full.qkvWidth());
        float[][] others = numbers.rows(batch.rows(), other.qkvWidth());
        matches(
                attentionRoundings(DType.F32),
                session -> {
                    var cache = session.kvCache(new KvLayout(2, 2, 16, 16, DType.F32));
                    var otherCache = session.kvCache(new KvLayout(1, 1, 12, 20, DType.F32));
                    var qkv = session.upload(rows, full.qkvWidth());
                    var otherQkv = session.upload(others, other.qkvWidth());
                    var out =
                            List.of(
                                    session.buffer(batch.rows(), full.outWidth()),
                                    session.buffer(batch.rows(), full.outWidth()),
                                    session.buffer(batch.rows(), other.outWidth()));
                    try (var step =
                            session.operations.begin(
                                    batch, new int[0], LoraBatch.NONE, new StepEpoch(this, 0))) {
                        step.writeKv(qkv, full, cache, 0);
                        step.attention(qkv, full, cache, 0, out.get(0));
                        step.writeKv(otherQkv, other, otherCache, 0);
                        step.writeKv(qkv, window, cache, 1);
                        step.attention(qkv, window, cache, 1, out.get(1));
                        step.attention(otherQkv, other, otherCache, 0, out.get(2));
                    }
                    return out.stream()
                            .flatMap(buffer -> Arrays.stream(session.download(buffer)))
                            .toArray(float[][]::new);
                });
    }

    @ParameterizedTest
    @ValueSource(floats = {0, 30, 1000})
    void attendsToTheLargestScoresHoweverLargeTheyAre(float scale) {
        attention(
                new AttentionShape(4, 2, 16, scale, 0),
                new BatchBuilder(8).chunk(40, 5),
                DType.F32);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void doesNothingForNoRows(int capacity) {
        var shape = new AttentionShape(2, 1, 4, 1, 0);
        var batch = new RaggedBatch(new int[0], new int[0], List.of());
        matches(
                0,
                session -> {
                    KvCache cache = session.kvCache(new KvLayout(1, 1, 4, 1, DType.F32));
                    Activations qkv = session.buffer(capacity, shape.qkvWidth());
                    Activations out = session.buffer(capacity, shape.outWidth());
                    WeightVector table = session.vector(new float[2]);
                    session.embed(
                            session.matrix(DType.F32, new Numbers(1).tensor(DType.F32, 3, 8)),
                            new int[0],
                            out);
                    session.rope(qkv, batch, shape, table, table);
                    session.writeKv(qkv, batch, shape, cache, 0);
                    session.attention(qkv, batch, shape, cache, 0, out);
                    session.operations.rmsNorm(out, 0, session.vector(new float[8]), 1e-5f, out);
                    session.lora(List.of(), qkv, out);
                    session.gather(out, new int[0], out);
                    session.operations.siluMul(session.buffer(capacity, 16), 0, out);
                    return session.download(out);
                });
    }

    @Property(tries = 200)
    void findsTheLargestElementOfChosenRows(
            @ForAll @IntRange(min = 1, max = 300) int width,
            @ForAll @IntRange(min = 1, max = 9) int rows,
            @ForAll long seed) {
        var random = new Random(seed);
        float[][] x = new Numbers(seed).rows(rows, width);
        for (float[] row : x) {
            switch (random.nextInt(5)) {
                case 0 -> Arrays.fill(row, random.nextFloat());
                case 1 -> row[random.nextInt(width)] = Float.NaN;
                case 2 -> row[random.nextInt(width)] = Float.NEGATIVE_INFINITY;
                case 3 -> {
                    Arrays.fill(row, -0f);
                    row[random.nextInt(width)] = 0;
                }
                default -> row[random.nextInt(width)] = 5;
            }
        }
        int[] chosen = random.ints(1 + random.nextInt(2 * rows), 0, rows).toArray();
        matches(
                0,
                session -> {
                    var out = new int[chosen.length];
                    session.operations.argMax(session.upload(x, width), chosen, out);
                    return floats(out);
                });
    }

    @Test
    void aLargestElementAsFarFromZeroAsCanBeIsFound() {
        float[][] x = {
            {-Float.MAX_VALUE, -Float.MAX_VALUE}, {0, Float.MAX_VALUE}, {1, Float.POSITIVE_INFINITY}
        };
        try (var session = new Session(device(), 2)) {
            var out = new int[3];
            session.operations.argMax(session.upload(x, 2), new int[] {0, 1, 2}, out);
            assertThat(out).containsExactly(0, 1, -2);
        }
    }

    @Property(tries = 50)
    void findsTheLargestElementsInTheirOrder(
            @ForAll @IntRange(min = 1, max = 3000) int width,
            @ForAll @IntRange(min = 1, max = Operations.MAX_LARGEST) int most,
            @ForAll @IntRange(min = 1, max = 12) int rows) {
        int k = Math.min(most, width);
        float[][] x = new Numbers(width).rows(rows, width);
        for (int row = 1; row < rows; row += 2) {
            for (int i = 0; i < width; i++) {
                x[row][i] = Math.round(3 * x[row][i]); // Zeros of both signs among them.
            }
        }
        int[] chosen = new Random(rows).ints(2L * rows, 0, rows).toArray();
        matches(
                0,
                session -> {
                    var indices = new int[chosen.length * k];
                    var values = new float[indices.length];
                    session.operations.largest(
                            session.upload(x, width), chosen, k, indices, values);
                    return new float[][] {floats(indices)[0], values};
                });
    }

    @Test
    void aRowThatIsNotFiniteHasItsFirstSuchElement() {
        float[][] x = {{1, Float.NaN, Float.POSITIVE_INFINITY}, {3, 4, 4}};
        try (var session = new Session(device(), 2)) {
            var indices = new int[4];
            session.operations.largest(
                    session.upload(x, 3), new int[] {0, 1}, 2, indices, new float[4]);
            assertThat(indices[0]).isEqualTo(-2);
            assertThat(indices).endsWith(1, 2);
        }
    }

    @Property(tries = 50)
    void handsEachChosenRowOverOnce(
            @ForAll @IntRange(min = 1, max = 3000) int width,
            @ForAll @IntRange(min = 1, max = 20) int rows) {
        float[][] x = new Numbers(width).rows(rows, width);
        int[] chosen = new Random(rows).ints(2L * rows, 0, rows).toArray();
        matches(
                0,
                session -> {
                    var copies = new float[chosen.length][];
                    session.operations.forEachRow(
                            session.upload(x, width),
                            chosen,
                            (i, row) -> {
                                assertThat(copies[i]).isNull();
                                copies[i] = row.clone();
                            });
                    return copies;
                });
    }

    @Test
    void aFailureWithARowFailsTheCaller() {
        try (var session = new Session(device(), 2)) {
            var x = session.upload(new Numbers(1).rows(40, 1000), 1000);
            assertThatIllegalStateException()
                    .isThrownBy(() ->
                            session.operations.forEachRow(
                                    x,
                                    IntStream.range(0, 40).toArray(),
                                    (i, row) -> {
                                        if (i == 33) {
                                            throw new IllegalStateException("row 33");
                                        }
                                    }))
                    .withMessage("row 33");
        }
    }

    private static float[][] floats(int[] numbers) {
        var row = new float[numbers.length];
        for (int i = 0; i < row.length; i++) {
            row[i] = numbers[i];
        }
        return new float[][] {row};
    }
}
