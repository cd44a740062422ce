package org.dlora.bench.selftest;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dlora.device.WeightVector;
import org.dlora.tensor.DType;

/** Checks of products with matrices, gated ones too: outputs and inputs with tails. */
final class LinearChecks {
    /** Outputs and inputs. */
    private static final int[][] SHAPES = {{1, 1}, {65, 47}, {130, 257}, {200, 320}, {48, 2048}};

    /** Outputs of gate and up each, and inputs. */
    private static final int[][] GATED_SHAPES = {{1, 1}, {65, 47}, {200, 320}};

    private LinearChecks() {}

    static List<OperationCheck> all() {
        var checks = new ArrayList<OperationCheck>();
        for (var dtype : List.of(DType.F32, DType.BF16)) {
            for (int rows : RowChecks.ROWS) {
                checks.add(
                        new OperationCheck(
                                "linear",
                                "%s, %s".formatted(RowChecks.name(dtype), RowChecks.rows(rows)),
                                cases(dtype, rows)));
            }
            checks.add(
                    new OperationCheck(
                            "gatedLinear",
                            "%s, 1 to 131 rows".formatted(RowChecks.name(dtype)),
                            gatedCases(dtype)));
        }
        return checks;
    }

    private static List<CheckCase> cases(DType dtype, int rows) {
        var cases = new ArrayList<CheckCase>();
        for (int[] shape : SHAPES) {
            int n = shape[0];
            int k = shape[1];
            for (boolean hasBias : new boolean[] {false, true}) {
                var name = "%d x %d%s".formatted(n, k, hasBias ? " with bias" : "");
                var scenario = linear(dtype, rows, n, k, hasBias);
                cases.add(
                        hasBias
                                ? CheckCase.whole(name, scenario)
                                : CheckCase.real(name, allowance(dtype, k), scenario));
            }
        }
        return cases;
    }

    /**
     * Returns cases of whole numbers, whose products are exact, and comparisons of bits with the
     * operations one after another.
     */
    private static List<CheckCase> gatedCases(DType dtype) {
        var cases = new ArrayList<CheckCase>();
        for (int[] shape : GATED_SHAPES) {
            for (int rows : RowChecks.ROWS) {
                var name = "%s, %d x %d".formatted(RowChecks.rows(rows), shape[0], shape[1]);
                cases.add(
                        new CheckCase(
                                name + ", whole numbers",
                                true,
                                Allowance.ofFloat32(8),
                                gated(dtype, rows, shape[0], shape[1], true)));
                cases.add(
                        CheckCase.real(
                                name + ", bits that differ from linear and siluMul",
                                Allowance.EXACT,
                                changedBits(gated(dtype, rows, shape[0], shape[1], false))));
            }
        }
        return cases;
    }

    /** Returns results of the gated product, then those of the operations one after another. */
    private static Scenario gated(DType dtype, int rows, int n, int k, boolean hasBias) {
        return (session, numbers) -> {
            var weight = session.matrix(dtype, numbers.tensor(DType.F32, 2 * n, k));
            Optional<WeightVector> bias =
                    hasBias ? Optional.of(session.vector(numbers.vector(2 * n))) : Optional.empty();
            var x = session.upload(numbers.rows(rows, k), k);
            var gateUp = session.buffer(rows, 2 * n);
            var out = session.buffer(rows, n);
            session.operations.gatedLinear(weight, bias, x, rows, gateUp, out);
            var apart = session.buffer(rows, n);
            session.operations.linear(weight, bias, x, rows, gateUp);
            session.operations.siluMul(gateUp, rows, apart);
            return RowChecks.both(session.download(out), session.download(apart));
        };
    }

    /** Returns 1 for each element whose bits are others in the second half of the results, or 0. */
    private static Scenario changedBits(Scenario scenario) {
        return (session, numbers) -> {
            float[][] both = scenario.run(session, numbers);
            int rows = both.length / 2;
            var changed = new float[rows][both[0].length];
            for (int row = 0; row < rows; row++) {
                for (int i = 0; i < changed[row].length; i++) {
                    int bits = Float.floatToRawIntBits(both[row][i]);
                    int apart = Float.floatToRawIntBits(both[rows + row][i]);
                    changed[row][i] = bits == apart ? 0 : 1;
                }
            }
            return changed;
        };
    }

    /** Returns an allowance for inputs that are rounded, and for sums in float32. */
    private static Allowance allowance(DType dtype, int k) {
        return Allowance.ofFloat32(4 * k + 4).plusBfloat16(dtype == DType.BF16 ? 1 : 0);
    }

    private static Scenario linear(DType dtype, int rows, int n, int k, boolean hasBias) {
        return (session, numbers) -> {
            var weight = session.matrix(dtype, numbers.tensor(DType.F32, n, k));
            Optional<WeightVector> bias =
                    hasBias ? Optional.of(session.vector(numbers.vector(n))) : Optional.empty();
            var x = session.upload(numbers.rows(rows, k), k);
            var y = session.buffer(rows, n);
            session.operations.linear(weight, bias, x, rows, y);
            return session.download(y);
        };
    }
}
