package org.dlora.bench.selftest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvLayout;
import org.dlora.device.RaggedBatch;
import org.dlora.device.reference.BatchBuilder;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;

/**
 * Checks of keys and values that are written to a cache, and of attention over them. Queries and
 * keys are chosen in three ways: each query sees one position, so that any wrong place shows; all
 * positions weigh the same, so that any position that is missing shows; or both are real.
 */
final class AttentionChecks {
    private static final int LAYERS = 2;
    private static final int LAYER = 1;

    /** Bits of a position that a key shows; positions are below 2 to the power of it. */
    private static final int POSITION_BITS = 9;

    /** Scale that leaves no weight to a position whose key differs in one element. */
    private static final float SHARP = 20;

    private AttentionChecks() {}

    /** Ways to choose queries and keys. */
    private enum Scores {
        ONE_POSITION("one position each"),
        EQUAL("equal weights"),
        REAL("real weights");

        private final String words;

        Scores(String words) {
            this.words = words;
        }
    }

    static List<OperationCheck> all() {
        var checks = new ArrayList<OperationCheck>();
        for (var dtype : List.of(DType.F32, DType.BF16)) {
            checks.add(check(dtype, 4, 4, 16, 0));
            checks.add(check(dtype, 9, 3, 64, 0));
            checks.add(check(dtype, 4, 1, 128, 0));
            checks.add(check(dtype, 14, 2, 20, 0));
            checks.add(check(dtype, 6, 2, 64, 24));
            checks.add(check(dtype, 4, 1, 80, 100));
        }
        return checks;
    }

    private static OperationCheck check(
            DType dtype, int heads, int kvHeads, int headDim, int window) {
        var cases = new ArrayList<CheckCase>();
        for (var scores : Scores.values()) {
            float scale = scores == Scores.ONE_POSITION ? SHARP : (float) (1 / Math.sqrt(headDim));
            var shape = new AttentionShape(heads, kvHeads, headDim, scale, window);
            add(cases, dtype, shape, scores, "one row", new BatchBuilder(8).chunk(100, 1));
            add(
                    cases,
                    dtype,
                    shape,
                    scores,
                    "prefill of 16 rows",
                    new BatchBuilder(8).chunk(0, 16));
            add(
                    cases,
                    dtype,
                    shape,
                    scores,
                    "prefill of 64 rows",
                    new BatchBuilder(8).chunk(0, 64));
            add(
                    cases,
                    dtype,
                    shape,
                    scores,
                    "prefill of 128 rows",
                    new BatchBuilder(8).chunk(0, 128));
            add(
                    cases,
                    dtype,
                    shape,
                    scores,
                    "prefill from 37 on",
                    new BatchBuilder(8).chunk(37, 20));
            add(
                    cases,
                    dtype,
                    shape,
                    scores,
                    "decode rows",
                    new BatchBuilder(64)
                            .chunk(0, 1)
                            .chunk(15, 1)
                            .chunk(16, 1)
                            .chunk(31, 1)
                            .chunk(63, 1)
                            .chunk(64, 1)
                            .chunk(300, 1));
            add(
                    cases,
                    dtype,
                    shape,
                    scores,
                    "prefill and decode rows",
                    new BatchBuilder(64).chunk(9, 1).chunk(31, 34).chunk(200, 3).chunk(0, 40));
        }
        return new OperationCheck(
                "attention",
                "%s cache, %d/%d heads of %d%s"
                        .formatted(
                                RowChecks.name(dtype),
                                heads,
                                kvHeads,
                                headDim,
                                window == 0 ? "" : ", window of " + window),
                cases);
    }

    private static void add(
            List<CheckCase> cases,
            DType dtype,
            AttentionShape shape,
            Scores scores,
            String batch,
            BatchBuilder sequences) {
        cases.add(
                CheckCase.real(
                        "%s, %s".formatted(batch, scores.words),
                        allowance(dtype, shape, scores),
                        (session, numbers) ->
                                attention(session, numbers, dtype, shape, scores, sequences)));
    }

    /**
     * Returns an allowance for weights that are rounded, and for queries that are: those move a
     * score by 2⁻⁸ of the sum of its absolute terms, about {@code headDim / 4} of the scale.
     */
    private static Allowance allowance(DType cache, AttentionShape shape, Scores scores) {
        double ofQueries = scores == Scores.REAL ? 0.75 * Math.sqrt(shape.headDim()) : 0;
        return Allowance.ofFloat32(200).plusBfloat16(cache == DType.BF16 ? 2.5 + ofQueries : 0);
    }

    private static float[][] attention(
            Session session,
            Numbers numbers,
            DType dtype,
            AttentionShape shape,
            Scores scores,
            BatchBuilder sequences) {
        int width = shape.qkvWidth();
        var layout =
                new KvLayout(LAYERS, shape.kvHeads(), shape.headDim(), sequences.blocks(), dtype);
        var cache = session.kvCache(layout);
        var past = sequences.past();
        var batch = sequences.batch();
        var before = session.upload(rows(numbers, past, shape, scores), width);
        var qkv = session.upload(rows(numbers, batch, shape, scores), width);
        var out = session.buffer(batch.rows(), shape.outWidth());
        session.writeKv(before, past, shape, cache, LAYER);
        session.writeKv(qkv, batch, shape, cache, LAYER);
        session.attention(qkv, batch, shape, cache, LAYER, out);
        return session.download(out);
    }

    /** Returns fused rows of a batch; values are drawn from {@code numbers}. */
    private static float[][] rows(
            Numbers numbers, RaggedBatch batch, AttentionShape shape, Scores scores) {
        float[][] rows = numbers.rows(batch.rows(), shape.qkvWidth());
        var real = new Numbers(batch.rows());
        int values = shape.outWidth() + shape.kvHeads() * shape.headDim();
        for (int t = 0; t < rows.length; t++) {
            switch (scores) {
                case ONE_POSITION -> point(rows[t], t, batch.positions()[t], shape);
                case EQUAL -> Arrays.fill(rows[t], 0, values, 0);
                case REAL -> System.arraycopy(real.vector(values), 0, rows[t], 0, values);
            }
        }
        return rows;
    }

    /** Makes each key show its position, and each query ask for one of those that it sees. */
    private static void point(float[] row, int t, int position, AttentionShape shape) {
        int seen = shape.window() == 0 ? position + 1 : Math.min(position + 1, shape.window());
        int group = shape.heads() / shape.kvHeads();
        for (int head = 0; head < shape.heads(); head++) {
            int wanted = position - (17 * t + 5 * head) % seen;
            show(row, head * shape.headDim(), wanted, head / group, shape.headDim());
        }
        for (int head = 0; head < shape.kvHeads(); head++) {
            int first = shape.outWidth() + head * shape.headDim();
            show(row, first, position, head, shape.headDim());
        }
    }

    private static void show(float[] row, int first, int position, int kvHead, int headDim) {
        int bits = position ^ (11 * kvHead);
        for (int i = 0; i < headDim; i++) {
            row[first + i] = (bits >> i % POSITION_BITS & 1) == 1 ? 1 : -1;
        }
    }
}
