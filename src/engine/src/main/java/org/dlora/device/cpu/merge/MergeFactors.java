package org.dlora.device.cpu.merge;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.WeightUpdate;
import org.dlora.device.cpu.linear.JavaLinear;
import org.dlora.device.cpu.linear.LinearKernels;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.memory.CpuVector;
import org.dlora.device.cpu.memory.FloatRows;
import org.dlora.device.cpu.memory.Memory;
import org.dlora.device.cpu.memory.Scratch;
import org.dlora.tensor.DType;

/**
 * The two factors of a low-rank term, laid out to be merged. {@link LinearKernels} multiply them:
 * the change of the panels' rows at column j is {@code panels · x[j]}, in the layout of a panel.
 *
 * @param panels {@code [n, r]}: B, or the columns of an embedding's A
 * @param firstRow row of the merged matrix at which the panels' rows begin
 * @param x {@code [columns, r]}: the columns of A, or an embedding's B
 * @param gain gain of the rows, or of the columns if {@code gainOfColumns}
 * @param owned whether the panels are freed after the merge
 */
record MergeFactors(
        LinearKernels linear,
        PanelMatrix panels,
        int firstRow,
        FloatRows x,
        float scale,
        Optional<CpuVector> gain,
        boolean gainOfColumns,
        boolean owned) {

    /** Rows {@code firstRow .. endRow} of the merged matrix. */
    int endRow() {
        return firstRow + panels.rows();
    }

    /**
     * Returns the factors of the terms of a linear layer.
     *
     * @param memory holds the columns of each A
     */
    static List<MergeFactors> ofTerms(List<LowRank> terms, MergeKernels kernels, Scratch memory) {
        memory.atLeast(terms.stream().mapToLong(MergeFactors::columnBytes).sum());
        var java = new JavaLinear(kernels.kernels());
        var factors = new ArrayList<MergeFactors>();
        long offset = 0;
        for (LowRank term : terms) {
            var a = PanelMatrix.of(term.a());
            var x = new FloatRows(memory.segment(), offset, stride(a));
            if (isItsColumns(a)) {
                x = new FloatRows(a.segment(), 0, stride(a));
            } else {
                kernels.kernels().columns(a, memory.segment(), offset, stride(a));
            }
            offset += columnBytes(term);
            factors.add(
                    new MergeFactors(
                            // Kernels in C round x to bfloat16, which A must be for an exact
                            // product.
                            a.dtype() == DType.BF16 ? kernels.linear() : java,
                            PanelMatrix.of(term.b()),
                            term.firstOutput(),
                            x,
                            term.scale(),
                            term.gain().map(CpuVector::of),
                            false,
                            false));
        }
        return factors;
    }

    /** A single float32 panel holds column after column. */
    private static boolean isItsColumns(PanelMatrix a) {
        return a.dtype() == DType.F32 && a.panels() == 1;
    }

    private static long stride(PanelMatrix a) {
        return 4L * a.panels() * a.lanes();
    }

    private static long columnBytes(LowRank term) {
        var a = PanelMatrix.of(term.a());
        return isItsColumns(a) ? 0 : stride(a) * a.columns();
    }

    /** Returns the factors of an embedding's one term, for the tokens {@code fromRow .. toRow}. */
    static List<MergeFactors> ofTable(
            WeightUpdate update, int fromRow, int toRow, MergeKernels kernels, Scratch memory) {
        var term = update.terms().getFirst();
        var a = PanelMatrix.of(term.a());
        var b = PanelMatrix.of(term.b());
        int rank = a.rows();
        memory.atLeast(4L * rank * b.rows());
        for (int output = 0; output < b.rows(); output++) {
            b.copyRow(output, memory.segment(), 4L * rank * output);
        }
        int lanes = PanelMatrix.of(update.pristine()).lanes();
        int rows = toRow - fromRow;
        var panels =
                new PanelMatrix(
                        rows,
                        rank,
                        DType.F32,
                        lanes,
                        Memory.allocate(PanelMatrix.bytes(rows, rank, DType.F32, lanes)));
        for (int token = fromRow; token < toRow; token++) {
            for (int r = 0; r < rank; r++) {
                panels.set(token - fromRow, r, a.get(r, token));
            }
        }
        return List.of(
                new MergeFactors(
                        new JavaLinear(kernels.kernels()),
                        panels,
                        fromRow,
                        new FloatRows(memory.segment(), 0, 4L * rank),
                        term.scale(),
                        term.gain().map(CpuVector::of),
                        term.gain().isPresent(),
                        true));
    }
}
