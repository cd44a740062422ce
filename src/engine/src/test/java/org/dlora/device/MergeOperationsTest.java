package org.dlora.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.ReferenceDevice;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Tests that every backend's merge of terms into a matrix must pass. */
public abstract class MergeOperationsTest {
    /** Largest relative error of one rounding to float32, and to bfloat16. */
    private static final double FLOAT32 = 0x1p-24;

    private static final double BFLOAT16 = 0x1p-8;

    protected abstract Device device();

    /**
     * A layer of modules, of which some are adapted.
     *
     * @param outputs of each module
     * @param ranks of each module's term; 0: it has none
     */
    private record Layer(
            List<Integer> outputs, List<Integer> ranks, int inputs, boolean gain, boolean half) {

        int rows() {
            return outputs.stream().mapToInt(Integer::intValue).sum();
        }

        int rank(int module) {
            return ranks.get(module % ranks.size());
        }

        DType dtype() {
            return half ? DType.BF16 : DType.F32;
        }

        /** Values that bfloat16 can hold. */
        Tensor weight() {
            return new Numbers(1).tensor(DType.BF16, rows(), inputs);
        }

        WeightUpdate update(Session session, WeightMatrix pristine) {
            var terms = new ArrayList<LowRank>();
            int first = 0;
            for (int module = 0; module < outputs.size(); module++) {
                if (rank(module) > 0) {
                    terms.add(term(session, module, first, inputs, outputs.get(module)));
                }
                first += outputs.get(module);
            }
            return new WeightUpdate(pristine, terms, false);
        }

        private LowRank term(Session session, int module, int first, int inputs, int outputs) {
            var numbers = new Numbers(module);
            int rank = rank(module);
            // A and B need not have the same dtype.
            var ofA = module % 2 == 0 ? dtype() : DType.F32;
            var ofB = module / 2 == 0 ? dtype() : DType.F32;
            var a = session.matrix(ofA, numbers.tensor(DType.BF16, rank, inputs));
            var b = session.matrix(ofB, numbers.tensor(DType.BF16, outputs, rank));
            var vector = session.vector(numbers.vector(outputs));
            var none = Optional.<WeightVector>empty();
            return new LowRank(a, b, first, 0.4f, gain ? Optional.of(vector) : none, none);
        }
    }

    @Property(tries = 150)
    void mergesTheTermsOfModules(
            @ForAll @Size(min = 1, max = 4) List<@IntRange(min = 1, max = 120) Integer> outputs,
            @ForAll @Size(min = 1, max = 3) List<@IntRange(max = 40) Integer> ranks,
            @ForAll @IntRange(min = 1, max = 300) int inputs,
            @ForAll boolean gain,
            @ForAll boolean half) {
        var layer = new Layer(outputs, ranks, inputs, gain, half);
        try (var tested = new Session(device(), 2);
                var reference = new Session(new ReferenceDevice(), 1)) {
            var pristine = tested.matrix(layer.dtype(), layer.weight());
            var live = tested.emptyLike(pristine);
            tested.operations.merge(layer.update(tested, pristine), 0, layer.rows(), live);
            var wide = reference.matrix(DType.F32, layer.weight());
            var exact = reference.emptyLike(wide);
            var update = layer.update(reference, wide);
            reference.operations.merge(update, 0, layer.rows(), exact);
            assertMerged(tested.download(live), reference.download(exact), half);
            // The pristine matrix stays unchanged.
            assertThat(tested.download(pristine)).isDeepEqualTo(reference.download(wide));
        }
    }

    @Property(tries = 60)
    void mergesATermOfAnEmbedding(
            @ForAll @IntRange(min = 1, max = 300) int vocabulary,
            @ForAll @IntRange(min = 1, max = 150) int hidden,
            @ForAll @IntRange(min = 1, max = 20) int rank,
            @ForAll boolean gain,
            @ForAll boolean half) {
        var dtype = half ? DType.BF16 : DType.F32;
        var table = new Numbers(1).tensor(DType.BF16, vocabulary, hidden);
        var layer = new Layer(List.of(hidden), List.of(rank), vocabulary, gain, half);
        try (var tested = new Session(device(), 2);
                var reference = new Session(new ReferenceDevice(), 1)) {
            var pristine = tested.matrix(dtype, table);
            var live = tested.emptyLike(pristine);
            var terms = layer.update(tested, pristine).terms();
            tested.operations.merge(new WeightUpdate(pristine, terms, true), 0, vocabulary, live);
            var wide = reference.matrix(DType.F32, table);
            var exact = reference.emptyLike(wide);
            var update = new WeightUpdate(wide, layer.update(reference, wide).terms(), true);
            reference.operations.merge(update, 0, vocabulary, exact);
            assertMerged(tested.download(live), reference.download(exact), half);
        }
    }

    private static void assertMerged(float[][] actual, float[][] exact, boolean half) {
        assertThat(actual).hasNumberOfRows(exact.length);
        for (int i = 0; i < exact.length; i++) {
            for (int j = 0; j < exact[i].length; j++) {
                double error = half ? BFLOAT16 * Math.abs(exact[i][j]) : 0;
                assertThat((double) actual[i][j])
                        .as("[%d][%d]", i, j)
                        .isCloseTo(exact[i][j], within(1.01 * error + 200 * FLOAT32));
            }
        }
    }

    @Property(tries = 60)
    void isTheSameFromAnyTeamInAnySlicesOverAnything(
            @ForAll @Size(min = 1, max = 3) List<@IntRange(min = 1, max = 200) Integer> outputs,
            @ForAll @Size(min = 1, max = 3) List<@IntRange(max = 40) Integer> ranks,
            @ForAll @IntRange(min = 1, max = 600) int inputs,
            @ForAll @IntRange(min = 1, max = 4) int slices,
            @ForAll boolean half) {
        var layer = new Layer(outputs, ranks, inputs, true, half);
        float[][] expected;
        try (var session = new Session(device(), 1)) {
            var pristine = session.matrix(layer.dtype(), layer.weight());
            var live = session.emptyLike(pristine);
            session.operations.merge(layer.update(session, pristine), 0, layer.rows(), live);
            expected = session.download(live);
        }
        for (int threads = 1; threads <= 3; threads++) {
            try (var session = new Session(device(), threads)) {
                var pristine = session.matrix(layer.dtype(), layer.weight());
                var live = session.emptyLike(pristine);
                var other = new Layer(outputs, List.of(3, 0), inputs, false, half);
                session.operations.merge(other.update(session, pristine), 0, layer.rows(), live);
                var update = layer.update(session, pristine);
                int step = slices * WeightUpdate.SLICE_ROWS;
                for (int row = 0; row < layer.rows(); row += step) {
                    int end = Math.min(row + step, layer.rows());
                    session.operations.merge(update, row, end, live);
                }
                assertThat(session.download(live)).isDeepEqualTo(expected);
            }
        }
    }

    @Property(tries = 60)
    void measuresWhatRoundingTakesFromTheChange(
            @ForAll @Size(min = 1, max = 3) List<@IntRange(min = 1, max = 100) Integer> outputs,
            @ForAll @Size(min = 1, max = 3) List<@IntRange(min = 1, max = 20) Integer> ranks,
            @ForAll @IntRange(min = 1, max = 300) int inputs,
            @ForAll boolean gain) {
        var layer = new Layer(outputs, ranks, inputs, gain, true);
        try (var tested = new Session(device(), 2);
                var reference = new Session(new ReferenceDevice(), 1)) {
            var actual = loss(tested, layer);
            var expected = loss(reference, layer);
            assertThat(actual.change())
                    .isCloseTo(expected.change(), within(1e-4 * expected.change()));
            assertThat(actual.lost()).isCloseTo(expected.lost(), within(1e-4 * expected.lost()));
            assertThat(loss(tested, layer)).isEqualTo(actual);
        }
    }

    private static MergeLoss loss(Session session, Layer layer) {
        var pristine = session.matrix(layer.dtype(), layer.weight());
        var update = layer.update(session, pristine);
        return session.operations.mergeLoss(update, 0, layer.rows());
    }

    @Test
    void losesAllOfAChangeThatIsLessThanHalfAStep() {
        try (var session = new Session(device(), 1)) {
            var pristine = session.matrix(DType.BF16, Numbers.tensor(new float[][] {{1, -1}}));
            var a = session.matrix(DType.F32, Numbers.tensor(new float[][] {{1, 1}}));
            var b = session.matrix(DType.F32, Numbers.tensor(new float[][] {{0x1p-10f}}));
            var update = new WeightUpdate(pristine, List.of(new LowRank(a, b, 0, 1)), false);
            var live = session.emptyLike(pristine);
            session.operations.merge(update, 0, 1, live);
            assertThat(session.download(live)).isDeepEqualTo(new float[][] {{1, -1}});
            var loss = session.operations.mergeLoss(update, 0, 1);
            assertThat(loss).isEqualTo(new MergeLoss(0x1p-19, 0x1p-19));
        }
    }

    @Test
    void refusesTermsThatOverlapAndSlicesThatAreNone() {
        try (var session = new Session(device(), 1)) {
            var layer = new Layer(List.of(100), List.of(4), 8, false, false);
            var pristine = session.matrix(DType.F32, layer.weight());
            var live = session.emptyLike(pristine);
            var update = layer.update(session, pristine);
            var terms = List.of(update.terms().getFirst(), update.terms().getFirst());
            var twice = new WeightUpdate(pristine, terms, false);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> session.operations.merge(twice, 0, 100, live))
                    .withMessageContaining("in common");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> session.operations.merge(update, 10, 100, live))
                    .withMessageContaining("rows 10 to 100");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> session.operations.merge(update, 0, 100, pristine))
                    .withMessageContaining("another like it");
        }
    }
}
