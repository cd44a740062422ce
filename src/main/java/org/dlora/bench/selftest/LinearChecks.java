package org.dlora.bench.selftest;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dlora.device.WeightVector;
import org.dlora.tensor.DType;

/** Checks of products with matrices: outputs and inputs with tails, from one row on. */
final class LinearChecks {
    /** Outputs and inputs. */
    private static final int[][] SHAPES = {{1, 1}, {65, 47}, {130, 257}, {200, 320}, {48, 2048}};

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
