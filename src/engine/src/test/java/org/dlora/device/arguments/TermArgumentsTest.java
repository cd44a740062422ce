package org.dlora.device.arguments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm;
import org.dlora.device.LoraTerm.Affine;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.LoraTerm.Replacement;
import org.dlora.device.LoraTerm.Shift;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.memory.CpuVector;
import org.dlora.device.cpu.memory.MemoryAccount;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TermArgumentsTest {
    private static final int INPUTS = 8;
    private static final int RANK = 2;

    private final MemoryAccount account = new MemoryAccount();
    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void free() throws Exception {
        for (var memory : opened) {
            memory.close();
        }
    }

    @Test
    void aGroupLiesWithinTheRows() {
        assertThatCode(() -> TermArguments.group(group(3, 2), 5)).doesNotThrowAnyException();
        assertThatCode(() -> TermArguments.group(group(5, 0), 5)).doesNotThrowAnyException();
        refuses(() -> TermArguments.group(group(3, 3), 5), "rows 3 to 6: x and y have 5 rows");
        refuses(() -> TermArguments.group(group(-1, 2), 5), "rows -1 to 1");
        refuses(() -> TermArguments.group(group(1, -1), 5), "rows 1 to 0");
    }

    /** Kernels in C check nothing themselves, so no sum may wrap around. */
    @Test
    void rowsAndOutputsBeyondIntAreRefused() {
        refuses(() -> TermArguments.group(group(Integer.MAX_VALUE, 1), 5), "5 rows");
        refuses(() -> TermArguments.group(group(1, Integer.MAX_VALUE), 5), "5 rows");
        refuses(() -> TermArguments.lowRank(term(Integer.MAX_VALUE, 3), INPUTS, 9), "width 9");
        refuses(() -> TermArguments.vectors(new Shift(vector(3), Integer.MAX_VALUE), 9), "width 9");
        refuses(
                () ->
                        TermArguments.vectors(
                                new Affine(vector(3), Optional.empty(), Integer.MAX_VALUE), 9),
                "width 9");
    }

    @Test
    void aTermLiesWithinTheOutputs() {
        assertThatCode(() -> TermArguments.lowRank(term(6, 3), INPUTS, 9))
                .doesNotThrowAnyException();
        refuses(
                () -> TermArguments.lowRank(term(7, 3), INPUTS, 9),
                "LoRA term A [2, 8], B [3, 2] at output 7 does not fit x of width 8 and y of width 9");
        refuses(() -> TermArguments.lowRank(term(-1, 3), INPUTS, 9), "at output -1");
        refuses(() -> TermArguments.lowRank(term(0, 3), INPUTS + 1, 9), "x of width 9");
        assertThatCode(() -> TermArguments.vectors(new Shift(vector(3), 6), 9))
                .doesNotThrowAnyException();
        refuses(
                () -> TermArguments.vectors(new Shift(vector(3), 7), 9),
                "LoRA shift of 3 at output 7 does not fit y of width 9");
        refuses(() -> TermArguments.vectors(new Shift(vector(3), -1), 9), "at output -1");
    }

    @Test
    void anAffineTermLiesWithinTheOutputsAndItsShiftFitsItsGain() {
        var fitting = new Affine(vector(3), Optional.of(vector(3)), 6);
        assertThatCode(() -> TermArguments.vectors(fitting, 9)).doesNotThrowAnyException();
        refuses(
                () -> TermArguments.vectors(fitting, 8),
                "LoRA gain of 3 at output 6 does not fit y of width 8");
        refuses(
                () -> TermArguments.vectors(new Affine(vector(3), Optional.empty(), -1), 9),
                "at output -1");
        refuses(
                () -> TermArguments.vectors(new Affine(vector(3), Optional.of(vector(2)), 0), 9),
                "LoRA shift of 2: expected 3, the outputs of its term");
    }

    @Test
    void theFactorsOfATermShareItsRank() {
        var term = new LowRank(matrix(RANK, INPUTS), matrix(3, RANK + 1), 0, 1);
        refuses(() -> TermArguments.lowRank(term, INPUTS, 9), "A [2, 8], B [3, 3]");
    }

    @Test
    void termsOverlapWhereTheyShareAnOutput() {
        assertThat(TermArguments.overlap(List.of(shift(0, 3), shift(3, 3)))).isFalse();
        assertThat(TermArguments.overlap(List.of(shift(3, 3), shift(0, 3)))).isFalse();
        assertThat(TermArguments.overlap(List.of(shift(0, 3), shift(2, 3)))).isTrue();
        assertThat(TermArguments.overlap(List.of(shift(0, 9), shift(4, 1)))).isTrue();
        assertThat(TermArguments.overlap(List.of(shift(4, 1), shift(0, 2), shift(4, 1)))).isTrue();
        assertThat(TermArguments.overlap(List.of(term(0, 3), affine(2, 1)))).isTrue();
        assertThat(TermArguments.overlap(List.of(affine(0, 2), term(2, 3)))).isFalse();
        assertThat(TermArguments.overlap(List.of(new Replacement(matrix(9, INPUTS)), shift(8, 1))))
                .isTrue();
        assertThat(TermArguments.overlap(List.of())).isFalse();
    }

    private static LoraGroup group(int firstRow, int rows) {
        return new LoraGroup(firstRow, rows, List.of());
    }

    private LowRank term(int firstOutput, int outputs) {
        return new LowRank(matrix(RANK, INPUTS), matrix(outputs, RANK), firstOutput, 1);
    }

    private LoraTerm shift(int firstOutput, int outputs) {
        return new Shift(vector(outputs), firstOutput);
    }

    private LoraTerm affine(int firstOutput, int outputs) {
        return new Affine(vector(outputs), Optional.empty(), firstOutput);
    }

    private PanelMatrix matrix(int rows, int columns) {
        var matrix = new PanelMatrix(rows, columns, DType.F32, 4, account);
        opened.add(matrix);
        return matrix;
    }

    private CpuVector vector(int size) {
        var vector = CpuVector.of(new float[size], account);
        opened.add(vector);
        return vector;
    }

    private static void refuses(Runnable check, String reason) {
        assertThatThrownBy(check::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reason);
    }
}
