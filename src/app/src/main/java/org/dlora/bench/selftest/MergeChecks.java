package org.dlora.bench.selftest;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightUpdate;
import org.dlora.device.WeightVector;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;

/** Checks of merges into a matrix, of what undoes them, and of what rounding takes from them. */
final class MergeChecks {
    /** Rows of the modules of a matrix; the second has no term. */
    private static final int[] MODULES = {90, 31, 200};

    private static final int ROWS = 321;
    private static final int INPUTS = 130;
    private static final float SCALE = 0.5f;

    /** Roundings to float32 of a relative error of 10⁻⁴. */
    private static final double LOSS = 1e-4 / 0x1p-24;

    private MergeChecks() {}

    static List<OperationCheck> all() {
        var checks = new ArrayList<OperationCheck>();
        for (var dtype : List.of(DType.F32, DType.BF16)) {
            checks.add(merge(dtype));
            checks.add(unmerge(dtype));
        }
        checks.add(loss());
        return checks;
    }

    private static OperationCheck merge(DType dtype) {
        var cases = new ArrayList<CheckCase>();
        for (int rank : new int[] {8, 16, 64, 256}) {
            for (boolean hasGain : new boolean[] {false, true}) {
                var shape = "rank %d%s".formatted(rank, hasGain ? " with a gain" : "");
                add(
                        cases,
                        dtype,
                        rank,
                        shape,
                        (session, numbers) -> merge(session, numbers, dtype, rank, hasGain));
            }
        }
        add(
                cases,
                dtype,
                16,
                "an embedding",
                (session, numbers) -> {
                    var table = matrix(session, numbers, dtype, ROWS, INPUTS);
                    var term = term(session, numbers, dtype, 16, 0, INPUTS, ROWS, true);
                    return merged(session, new WeightUpdate(table, List.of(term), true));
                });
        return check("merge", dtype, "ranks 8, 16, 64, 256; modules, gains", cases);
    }

    private static void add(
            List<CheckCase> cases, DType dtype, int rank, String shape, Scenario scenario) {
        var allowance = Allowance.ofFloat32(200 + 4 * rank).plusStored(dtype == DType.BF16 ? 2 : 0);
        cases.add(CheckCase.whole(shape, scenario));
        cases.add(CheckCase.real(shape, allowance, scenario));
    }

    private static float[][] merge(
            Session session, Numbers numbers, DType dtype, int rank, boolean hasGain) {
        var pristine = matrix(session, numbers, dtype, ROWS, INPUTS);
        return merged(session, update(session, numbers, dtype, pristine, rank, hasGain));
    }

    private static WeightUpdate update(
            Session session,
            Numbers numbers,
            DType dtype,
            WeightMatrix pristine,
            int rank,
            boolean hasGain) {
        int last = MODULES[0] + MODULES[1];
        return new WeightUpdate(
                pristine,
                List.of(
                        term(session, numbers, dtype, rank, 0, MODULES[0], INPUTS, hasGain),
                        term(session, numbers, DType.F32, 8, last, MODULES[2], INPUTS, false)),
                false);
    }

    /** Returns a matrix of values that bfloat16 can hold. */
    private static WeightMatrix matrix(
            Session session, Numbers numbers, DType dtype, int rows, int columns) {
        return session.matrix(dtype, numbers.tensor(DType.BF16, rows, columns));
    }

    private static LowRank term(
            Session session,
            Numbers numbers,
            DType dtype,
            int rank,
            int first,
            int outputs,
            int inputs,
            boolean hasGain) {
        var a = matrix(session, numbers, dtype, rank, inputs);
        var b = matrix(session, numbers, dtype, outputs, rank);
        float[] gain = numbers.vector(outputs);
        for (int i = 0; i < outputs; i++) {
            gain[i] += 2;
        }
        Optional<WeightVector> its = hasGain ? Optional.of(session.vector(gain)) : Optional.empty();
        return new LowRank(a, b, first, SCALE, its, Optional.empty());
    }

    /** Merges in two slices. */
    private static float[][] merged(Session session, WeightUpdate update) {
        var live = session.emptyLike(update.pristine());
        session.operations.merge(update, 0, 2 * WeightUpdate.SLICE_ROWS, live);
        session.operations.merge(update, 2 * WeightUpdate.SLICE_ROWS, ROWS, live);
        return session.download(live);
    }

    /** A merge leaves the pristine matrix, and one without terms brings it back. */
    private static OperationCheck unmerge(DType dtype) {
        Scenario scenario =
                (session, numbers) -> {
                    var pristine = matrix(session, numbers, dtype, ROWS, INPUTS);
                    var live = session.emptyLike(pristine);
                    var update = update(session, numbers, dtype, pristine, 16, true);
                    session.operations.merge(update, 0, ROWS, live);
                    session.operations.merge(
                            new WeightUpdate(pristine, List.of(), false), 0, ROWS, live);
                    return RowChecks.both(session.download(pristine), session.download(live));
                };
        return check(
                "unmerge",
                dtype,
                "the pristine matrix after a merge",
                List.of(CheckCase.real("rank 16", Allowance.EXACT, scenario)));
    }

    private static OperationCheck loss() {
        Scenario scenario =
                (session, numbers) -> {
                    var pristine = matrix(session, numbers, DType.BF16, ROWS, INPUTS);
                    var update = update(session, numbers, DType.BF16, pristine, 16, true);
                    var loss = session.operations.mergeLoss(update, 0, ROWS);
                    return new float[][] {{(float) loss.change(), (float) loss.lost()}};
                };
        return check(
                "mergeLoss",
                DType.BF16,
                "what rounding takes from a merge",
                List.of(CheckCase.real("rank 16", Allowance.ofFloat32(LOSS), scenario)));
    }

    private static OperationCheck check(
            String operation, DType dtype, String what, List<CheckCase> cases) {
        return new OperationCheck(
                operation, "%s, %s".formatted(RowChecks.name(dtype), what), cases);
    }
}
