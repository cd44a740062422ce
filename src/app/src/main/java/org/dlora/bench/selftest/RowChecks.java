package org.dlora.bench.selftest;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.dlora.device.AttentionShape;
import org.dlora.device.reference.BatchBuilder;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;

/** Checks of the operations on single rows. */
final class RowChecks {
    /** Numbers of rows, each on another path of some device. */
    static final int[] ROWS = {1, 7, 16, 17, 64, 128, 131};

    private static final int[] WIDTHS = {1, 15, 64, 576};
    private static final float EPS = 1e-5f;

    private RowChecks() {}

    static List<OperationCheck> all() {
        return List.of(
                embed(DType.F32),
                embed(DType.BF16),
                new OperationCheck("rmsNorm", what("widths", WIDTHS), widths(RowChecks::rmsNorm)),
                new OperationCheck(
                        "addRmsNorm", what("widths", WIDTHS), widths(RowChecks::addRmsNorm)),
                headNorm(),
                rope(),
                new OperationCheck("siluMul", what("widths", WIDTHS), widths(RowChecks::siluMul)),
                gather(),
                argMax(),
                largest(),
                forEachRow());
    }

    /** Returns the name in the report of {@code F32} or {@code BF16}. */
    static String name(DType dtype) {
        return dtype == DType.BF16 ? "bfloat16" : "float32";
    }

    static String rows(int rows) {
        return rows == 1 ? "1 row" : rows + " rows";
    }

    private static String what(String noun, int... sizes) {
        return "%s %s; 1 to 131 rows".formatted(noun, list(sizes));
    }

    static String list(int... sizes) {
        return Arrays.stream(sizes).mapToObj(Integer::toString).collect(joining(", "));
    }

    /** Returns a case for each width and number of rows. */
    private static List<CheckCase> widths(WidthCase cases) {
        var all = new ArrayList<CheckCase>();
        for (int width : WIDTHS) {
            for (int rows : ROWS) {
                all.add(cases.of("%s of %d".formatted(rows(rows), width), rows, width));
            }
        }
        return all;
    }

    @FunctionalInterface
    private interface WidthCase {
        CheckCase of(String shape, int rows, int width);
    }

    private static OperationCheck embed(DType dtype) {
        int[] tokens = {36, 0, 17, 0, 35};
        IntFunction<CheckCase> ofWidth =
                width ->
                        CheckCase.real(
                                "width " + width,
                                Allowance.EXACT,
                                (session, numbers) -> {
                                    var table = numbers.tensor(DType.F32, 37, width);
                                    var out = session.buffer(tokens.length, width);
                                    session.embed(session.matrix(dtype, table), tokens, out);
                                    return session.download(out);
                                });
        return new OperationCheck(
                "embed",
                "%s, widths %s".formatted(name(dtype), list(WIDTHS)),
                Arrays.stream(WIDTHS).mapToObj(ofWidth).toList());
    }

    private static CheckCase rmsNorm(String shape, int rows, int width) {
        return CheckCase.real(
                shape,
                Allowance.ofFloat32(32),
                (session, numbers) -> {
                    var x = session.upload(numbers.rows(rows, width), width);
                    var weight = session.vector(numbers.vector(width));
                    var out = session.buffer(rows, width);
                    session.operations.rmsNorm(x, rows, weight, EPS, out);
                    return session.download(out);
                });
    }

    private static CheckCase addRmsNorm(String shape, int rows, int width) {
        return CheckCase.real(
                shape,
                Allowance.ofFloat32(32),
                (session, numbers) -> {
                    var x = session.upload(numbers.rows(rows, width), width);
                    var residual = session.upload(numbers.rows(rows, width), width);
                    var weight = session.vector(numbers.vector(width));
                    var out = session.buffer(rows, width);
                    session.operations.addRmsNorm(x, residual, rows, weight, EPS, out);
                    return both(session.download(residual), session.download(out));
                });
    }

    private static OperationCheck headNorm() {
        var cases = new ArrayList<CheckCase>();
        for (int headDim : new int[] {16, 20, 64, 128}) {
            for (int rows : new int[] {1, 16, 64}) {
                int width = 6 * headDim + 1;
                cases.add(
                        CheckCase.real(
                                "%s, heads of %d".formatted(rows(rows), headDim),
                                Allowance.ofFloat32(32),
                                (session, numbers) -> {
                                    var qkv = session.upload(numbers.rows(rows, width), width);
                                    var weight = session.vector(numbers.vector(headDim));
                                    session.operations.headNorm(
                                            qkv, rows, headDim, 3, headDim, weight, EPS);
                                    return session.download(qkv);
                                }));
            }
        }
        return new OperationCheck(
                "headNorm", "heads of 16, 20, 64, 128; 1, 16, 64 rows, in part", cases);
    }

    private static OperationCheck rope() {
        var cases = new ArrayList<CheckCase>();
        for (int headDim : new int[] {2, 20, 64, 128}) {
            var shape = new AttentionShape(4, 2, headDim, 1, 0);
            var batch =
                    new BatchBuilder(40).chunk(3, 5).chunk(44, 1).chunk(0, 64).chunk(99, 1).batch();
            cases.add(
                    CheckCase.real(
                            "heads of " + headDim,
                            Allowance.ofFloat32(4),
                            (session, numbers) -> {
                                var rows = numbers.rows(batch.rows(), shape.qkvWidth());
                                var qkv = session.upload(rows, shape.qkvWidth());
                                var cos = session.vector(numbers.vector(100 * headDim / 2));
                                var sin = session.vector(numbers.vector(100 * headDim / 2));
                                session.rope(qkv, batch, shape, cos, sin);
                                return session.download(qkv);
                            }));
        }
        return new OperationCheck("rope", "heads of 2, 20, 64, 128; a ragged batch", cases);
    }

    private static CheckCase siluMul(String shape, int rows, int width) {
        return CheckCase.real(
                shape,
                Allowance.ofFloat32(8),
                (session, numbers) -> {
                    float[][] x = numbers.rows(rows, 2 * width);
                    for (int i = 0; i < width; i++) {
                        x[0][i] *= 100;
                        x[rows - 1][i] *= 1e4f;
                    }
                    var out = session.buffer(rows, width);
                    session.operations.siluMul(session.upload(x, 2 * width), rows, out);
                    return session.download(out);
                });
    }

    private static OperationCheck gather() {
        int[] rows = {5, 0, 5, 130, 129};
        IntFunction<CheckCase> ofWidth =
                width ->
                        CheckCase.real(
                                "width " + width,
                                Allowance.EXACT,
                                (session, numbers) -> {
                                    var x = session.upload(numbers.rows(131, width), width);
                                    var out = session.buffer(rows.length, width);
                                    session.gather(x, rows, out);
                                    return session.download(out);
                                });
        return new OperationCheck(
                "gather",
                "widths " + list(WIDTHS),
                Arrays.stream(WIDTHS).mapToObj(ofWidth).toList());
    }

    private static OperationCheck argMax() {
        var cases = new ArrayList<CheckCase>();
        for (int width : new int[] {1, 33, 1000, 49153}) {
            for (boolean isWhole : new boolean[] {false, true}) {
                Scenario scenario = (session, numbers) -> argMax(session, numbers, width);
                var shape = "width " + width;
                cases.add(
                        isWhole
                                ? CheckCase.whole(shape, scenario)
                                : CheckCase.real(shape, Allowance.EXACT, scenario));
            }
        }
        return new OperationCheck(
                "argMax", "widths 1, 33, 1000, 49153; ties, infinities, NaN", cases);
    }

    private static float[][] argMax(Session session, Numbers numbers, int width) {
        float[][] x = numbers.rows(6, width);
        x[1][width / 2] = Float.NaN;
        x[2][width - 1] = Float.NEGATIVE_INFINITY;
        x[3][width / 3] = Float.POSITIVE_INFINITY;
        Arrays.fill(x[4], -Float.MAX_VALUE);
        x[5][width - 1] = 5;
        int[] rows = {5, 0, 1, 2, 3, 4, 0};
        var out = new int[rows.length];
        session.operations.argMax(session.upload(x, width), rows, out);
        var found = new float[1][out.length];
        IntStream.range(0, out.length).forEach(i -> found[0][i] = out[i]);
        return found;
    }

    private static OperationCheck largest() {
        var cases = new ArrayList<CheckCase>();
        for (int width : new int[] {1, 33, 1000, 49153}) {
            for (int k : new int[] {1, 21, 512}) {
                if (k <= width) {
                    cases.add(
                            CheckCase.real(
                                    "%d of %d".formatted(k, width),
                                    Allowance.EXACT,
                                    (session, numbers) -> largest(session, numbers, width, k)));
                }
            }
        }
        return new OperationCheck(
                "largest", "1, 21, 512 of widths 1 to 49153; ties, infinities, NaN", cases);
    }

    /** Returns indices and values of each row; of one that is not finite, its first index. */
    private static float[][] largest(Session session, Numbers numbers, int width, int k) {
        float[][] x = numbers.rows(6, width);
        x[1][width / 2] = Float.NaN;
        x[2][width - 1] = Float.NEGATIVE_INFINITY;
        Arrays.fill(x[3], -2.5f);
        IntStream.range(0, width).forEach(i -> x[4][i] = Math.round(2 * x[4][i]));
        int[] rows = {5, 0, 1, 2, 3, 4, 0};
        var indices = new int[rows.length * k];
        var values = new float[indices.length];
        session.operations.largest(session.upload(x, width), rows, k, indices, values);
        var found = new float[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            found[i] = new float[indices[i * k] < 0 ? 1 : 2 * k];
            for (int j = 0; j < found[i].length; j++) {
                found[i][j] = j < k ? indices[i * k + j] : values[i * k + j - k];
            }
        }
        return found;
    }

    private static OperationCheck forEachRow() {
        int[] rows = {3, 19, 3, 0};
        IntFunction<CheckCase> ofWidth =
                width ->
                        CheckCase.real(
                                "width " + width,
                                Allowance.EXACT,
                                (session, numbers) -> {
                                    var copies = new float[rows.length][];
                                    session.operations.forEachRow(
                                            session.upload(numbers.rows(20, width), width),
                                            rows,
                                            (i, row) -> copies[i] = row.clone());
                                    return copies;
                                });
        return new OperationCheck(
                "forEachRow", "widths 1, 3000", IntStream.of(1, 3000).mapToObj(ofWidth).toList());
    }

    static float[][] both(float[][] first, float[][] second) {
        var all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }
}
