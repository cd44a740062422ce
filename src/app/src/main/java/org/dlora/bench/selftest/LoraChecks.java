package org.dlora.bench.selftest;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm;
import org.dlora.device.LoraTerm.Affine;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.LoraTerm.Replacement;
import org.dlora.device.LoraTerm.Shift;
import org.dlora.device.WeightVector;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;

/** Checks of the terms of LoRA groups. */
final class LoraChecks {
    private static final int[] RANKS = {8, 16, 64, 256};
    private static final int INPUTS = 192;
    private static final int OUTPUTS = 130;
    private static final int VOCABULARY = 50;

    /** Outputs of the whole layer, of which a term has some. */
    private static final int WIDTH = OUTPUTS + 67;

    private static final float SCALE = 0.5f;

    private LoraChecks() {}

    static List<OperationCheck> all() {
        var checks = new ArrayList<OperationCheck>();
        for (var dtype : List.of(DType.F32, DType.BF16)) {
            for (int rank : RANKS) {
                checks.add(ofRank(dtype, rank));
            }
            checks.add(mixed(dtype));
            checks.add(variants(dtype));
            checks.add(embedding(dtype));
        }
        return checks;
    }

    /** Terms of a group, made on the session's device. */
    @FunctionalInterface
    private interface Terms {
        List<LoraTerm> of(Session session, Numbers numbers, int group);
    }

    private static OperationCheck ofRank(DType dtype, int rank) {
        Terms terms = (session, numbers, _) -> List.of(lowRank(session, numbers, dtype, rank));
        var cases = new ArrayList<CheckCase>();
        for (int rows : new int[] {1, 16, 64, 128}) {
            add(cases, dtype, "a group of " + RowChecks.rows(rows), terms, rows);
        }
        add(cases, dtype, "groups of 1, 1, 1, 1 rows", terms, 1, 1, 1, 1);
        return check(dtype, "rank %d, 1 to 128 rows".formatted(rank), cases);
    }

    private static OperationCheck mixed(DType dtype) {
        Terms terms =
                (session, numbers, group) ->
                        group % 5 == 4
                                ? List.of()
                                : List.of(lowRank(session, numbers, dtype, RANKS[group % 5]));
        var cases = new ArrayList<CheckCase>();
        add(cases, dtype, "decode rows", terms, 1, 2, 1, 1, 1, 3, 1, 1, 2, 1);
        add(cases, dtype, "prefill and decode rows", terms, 33, 1, 64, 5, 2, 1, 17);
        return check(dtype, "groups of ranks 8, 16, 64, 256 and none", cases);
    }

    private static OperationCheck variants(DType dtype) {
        Terms terms =
                (session, numbers, group) ->
                        List.of(
                                switch (group % 6) {
                                    case 0 -> variant(session, numbers, dtype, true, true);
                                    case 1 -> variant(session, numbers, dtype, true, false);
                                    case 2 -> variant(session, numbers, dtype, false, true);
                                    case 3 -> new Shift(session.vector(numbers.vector(OUTPUTS)), 1);
                                    case 4 ->
                                            new Affine(
                                                    gain(session, numbers),
                                                    shift(session, numbers),
                                                    1);
                                    default ->
                                            new Replacement(
                                                    session.matrix(
                                                            dtype,
                                                            numbers.tensor(
                                                                    DType.F32, WIDTH, INPUTS)));
                                });
        var cases = new ArrayList<CheckCase>();
        add(cases, dtype, "decode rows", terms, 1, 1, 1, 1, 1, 1);
        add(cases, dtype, "prefill and decode rows", terms, 16, 1, 3, 20, 1, 64);
        add(cases, dtype, "a DoRA group", terms, 40);
        return check(dtype, "DoRA's gain, bias, affine, replacement", cases);
    }

    private static LowRank lowRank(Session session, Numbers numbers, DType dtype, int rank) {
        return new LowRank(
                session.matrix(dtype, numbers.tensor(DType.F32, rank, INPUTS)),
                session.matrix(dtype, numbers.tensor(DType.F32, OUTPUTS, rank)),
                1,
                SCALE);
    }

    private static LowRank variant(
            Session session, Numbers numbers, DType dtype, boolean hasGain, boolean hasShift) {
        var plain = lowRank(session, numbers, dtype, 16);
        return new LowRank(
                plain.a(),
                plain.b(),
                plain.firstOutput(),
                plain.scale(),
                hasGain ? Optional.of(gain(session, numbers)) : Optional.empty(),
                hasShift ? shift(session, numbers) : Optional.empty());
    }

    /** Returns gains of 1 to 3. */
    private static WeightVector gain(Session session, Numbers numbers) {
        float[] gain = numbers.vector(OUTPUTS);
        for (int i = 0; i < gain.length; i++) {
            gain[i] += 2;
        }
        return session.vector(gain);
    }

    private static Optional<WeightVector> shift(Session session, Numbers numbers) {
        return Optional.of(session.vector(numbers.vector(OUTPUTS)));
    }

    private static OperationCheck check(DType dtype, String what, List<CheckCase> cases) {
        return new OperationCheck("lora", "%s, %s".formatted(RowChecks.name(dtype), what), cases);
    }

    /** Adds cases of groups with {@code rows}; the first and the last row are in no group. */
    private static void add(
            List<CheckCase> cases, DType dtype, String shape, Terms terms, int... rows) {
        Scenario scenario = (session, numbers) -> lora(session, numbers, terms, rows);
        cases.add(CheckCase.whole(shape, scenario));
        cases.add(CheckCase.real(shape, allowance(dtype), scenario));
    }

    /** Returns an allowance for inputs and inner products that are rounded. */
    private static Allowance allowance(DType dtype) {
        return Allowance.ofFloat32(40 * INPUTS).plusBfloat16(dtype == DType.BF16 ? 2 : 0);
    }

    private static float[][] lora(Session session, Numbers numbers, Terms terms, int... rows) {
        int all = IntStream.of(rows).sum() + 2;
        var x = session.upload(numbers.rows(all, INPUTS), INPUTS);
        var y = session.upload(numbers.rows(all, WIDTH), WIDTH);
        var groups = new ArrayList<LoraGroup>();
        int first = 1;
        for (int i = 0; i < rows.length; i++) {
            groups.add(new LoraGroup(first, rows[i], terms.of(session, numbers, i)));
            first += rows[i];
        }
        session.lora(groups, x, y);
        return session.download(y);
    }

    private static OperationCheck embedding(DType dtype) {
        var cases = new ArrayList<CheckCase>();
        for (int rows : new int[] {1, 16, 64}) {
            Scenario scenario = (session, numbers) -> embedding(session, numbers, dtype, rows);
            var shape = RowChecks.rows(rows);
            cases.add(CheckCase.whole(shape, scenario));
            cases.add(CheckCase.real(shape, allowance(dtype), scenario));
        }
        return new OperationCheck(
                "loraEmbed",
                "%s, DoRA's gain, bias, replacement".formatted(RowChecks.name(dtype)),
                cases);
    }

    private static float[][] embedding(Session session, Numbers numbers, DType dtype, int rows) {
        int[] tokens = IntStream.range(0, rows + 3).map(t -> t * 7 % VOCABULARY).toArray();
        var out = session.upload(numbers.rows(rows + 3, OUTPUTS), OUTPUTS);
        LoraTerm low =
                new LowRank(
                        session.matrix(dtype, numbers.tensor(DType.F32, 16, VOCABULARY)),
                        session.matrix(dtype, numbers.tensor(DType.F32, OUTPUTS, 16)),
                        0,
                        SCALE,
                        Optional.of(gain(session, numbers)),
                        shift(session, numbers));
        LoraTerm own =
                new Replacement(
                        session.matrix(dtype, numbers.tensor(DType.F32, VOCABULARY, OUTPUTS)));
        session.loraEmbed(
                List.of(
                        new LoraGroup(1, rows, List.of(low)),
                        new LoraGroup(1 + rows, 1, List.of(own))),
                tokens,
                out);
        return session.download(out);
    }
}
