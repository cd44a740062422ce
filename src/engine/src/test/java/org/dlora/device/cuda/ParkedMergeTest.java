package org.dlora.device.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import java.util.Optional;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightUpdate;
import org.dlora.device.WeightVector;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Merges of matrices in the host's memory, bit for bit those of matrices on the GPU. */
@ExtendWith(NeedsCuda.class)
class ParkedMergeTest {
    private static final Optional<WeightVector> NONE = Optional.empty();

    private final Numbers numbers = new Numbers(3);
    private Session session;

    @BeforeEach
    void open() {
        session = new Session(SharedGpu.number(0), 1);
    }

    @AfterEach
    void close() {
        session.close();
    }

    private WeightMatrix matrix(DType dtype, int rows, int columns) {
        return session.matrix(dtype, numbers.tensor(DType.BF16, rows, columns));
    }

    private LowRank term(int first, int outputs, int inputs, int rank, boolean gain) {
        return new LowRank(
                matrix(DType.F32, rank, inputs),
                matrix(DType.BF16, outputs, rank),
                first,
                0.4f,
                gain ? Optional.of(session.vector(numbers.vector(outputs))) : NONE,
                NONE);
    }

    private WeightMatrix park(WeightMatrix matrix) {
        return session.device.park(matrix).orElseThrow();
    }

    /** Copies a parked matrix to the GPU, as an update without terms. */
    private float[][] upload(WeightMatrix parked, WeightMatrix like) {
        var live = session.emptyLike(like);
        session.operations.merge(
                new WeightUpdate(parked, List.of(), false), 0, parked.rows(), live);
        return session.download(live);
    }

    private void assertMergedAlike(WeightMatrix pristine, List<LowRank> terms, boolean isTable) {
        var expected = session.emptyLike(pristine);
        int rows = pristine.rows();
        session.operations.merge(new WeightUpdate(pristine, terms, isTable), 0, rows, expected);
        try (var parked = park(pristine);
                var merged = session.device.emptyLike(parked)) {
            var update = new WeightUpdate(parked, terms, isTable);
            for (int row = 0; row < rows; row += 2 * WeightUpdate.SLICE_ROWS) {
                int end = Math.min(row + 2 * WeightUpdate.SLICE_ROWS, rows);
                session.operations.merge(update, row, end, merged);
            }
            assertThat(upload(merged, pristine)).isDeepEqualTo(session.download(expected));
            var onGpu = session.emptyLike(pristine);
            session.operations.merge(update, 0, rows, onGpu);
            assertThat(session.download(onGpu)).isDeepEqualTo(session.download(expected));
            assertThat(upload(parked, pristine)).isDeepEqualTo(session.download(pristine));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F32", "BF16"})
    void mergesModulesOfAFusedMatrix(DType dtype) {
        var pristine = matrix(dtype, 300, 37);
        assertMergedAlike(
                pristine, List.of(term(0, 100, 37, 5, true), term(190, 70, 37, 9, false)), false);
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F32", "BF16"})
    void mergesATable(DType dtype) {
        assertMergedAlike(matrix(dtype, 205, 48), List.of(term(0, 48, 205, 4, true)), true);
    }

    @Test
    void mergesMoreThanAPieceThatIsStaged() {
        var pristine = matrix(DType.F32, 333, 9_000);
        assertThat(pristine.bytes()).isGreaterThan(8 << 20);
        var expected = session.emptyLike(pristine);
        var terms = List.of(term(30, 303, 9_000, 1, false));
        session.operations.merge(new WeightUpdate(pristine, terms, false), 0, 333, expected);
        try (var parked = park(pristine);
                var merged = session.device.emptyLike(parked)) {
            session.operations.merge(new WeightUpdate(parked, terms, false), 0, 333, merged);
            assertThat(upload(merged, pristine)).isDeepEqualTo(session.download(expected));
        }
    }

    @Test
    void measuresTheSameLossOfASlice() {
        var pristine = matrix(DType.BF16, 130, 40);
        var terms = List.of(term(10, 90, 40, 3, true));
        try (var parked = park(pristine)) {
            for (int row = 0; row < 130; row += WeightUpdate.SLICE_ROWS) {
                int end = Math.min(row + WeightUpdate.SLICE_ROWS, 130);
                var loss =
                        session.operations.mergeLoss(
                                new WeightUpdate(parked, terms, false), row, end);
                assertThat(loss)
                        .isEqualTo(
                                session.operations.mergeLoss(
                                        new WeightUpdate(pristine, terms, false), row, end));
                assertThat(loss.change() > 0).isEqualTo(row < 100);
            }
        }
    }

    @Test
    void parkedMatricesTakeNothingOfTheGpu() {
        var pristine = matrix(DType.BF16, 65, 40);
        long before = session.device.bytes();
        var parked = park(pristine);
        var empty = session.device.emptyLike(parked);
        assertThat(parked.bytes()).isEqualTo(pristine.bytes());
        assertThat(empty.bytes()).isEqualTo(pristine.bytes());
        assertThat(session.device.bytes()).isEqualTo(before);
        parked.close();
        empty.close();
        assertThatIllegalStateException().isThrownBy(() -> upload(parked, pristine));
    }

    @Test
    void otherOperationsRefuseParkedMatrices() {
        var pristine = matrix(DType.F32, 8, 8);
        try (var parked = park(pristine)) {
            var x = session.buffer(2, 8);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> session.operations.linear(parked, Optional.empty(), x, 2, x));
            assertThatIllegalArgumentException()
                    .isThrownBy(() ->
                            session.operations.merge(
                                    new WeightUpdate(pristine, List.of(), false), 0, 8, parked));
            assertThatIllegalArgumentException().isThrownBy(() -> session.device.copyBytes(parked));
        }
    }
}
