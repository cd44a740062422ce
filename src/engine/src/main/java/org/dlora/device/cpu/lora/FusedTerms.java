package org.dlora.device.cpu.lora;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.arguments.TermArguments;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.memory.CpuActivations;
import org.dlora.device.cpu.memory.MemoryAccount;

/**
 * Descriptions of a linear layer's terms for {@link NativeLora}, one behind another off the heap. A
 * unit is a run of them: of one group or, where groups are small, of several. So calls are long
 * enough for the loads that run ahead in them.
 */
final class FusedTerms {
    private static final int TERM_BYTES = 40;

    /** Cost of a unit, about its bytes from memory. */
    private static final long UNIT = 128 << 10;

    private final NativeLora kernel;
    private final List<PanelMatrix> matrices = new ArrayList<>();
    private final int inputs;
    private final MemorySegment terms;

    /** End of each unit among the terms. */
    private final int[] ends;

    private final long unit;
    private int count;
    private int units;
    private long cost;
    private long multiplyAdds;

    /** {@link MemoryAccount#frees} when all matrices were seen to be there. */
    private long freesSeen;

    /**
     * Describes the terms of {@code groups}.
     *
     * @param groups that the kernel is for, checked
     * @param inputs width of x
     * @param memory where to write the terms, by their bytes
     * @param workers workers that share the units
     * @param frees {@link MemoryAccount#frees} of the device before
     */
    FusedTerms(
            NativeLora kernel,
            List<LoraGroup> groups,
            int inputs,
            LongFunction<MemorySegment> memory,
            int workers,
            long frees) {
        this.kernel = kernel;
        this.inputs = inputs;
        freesSeen = frees;
        int most = NativeLora.rows(inputs);
        int all = 0;
        long total = 0;
        for (LoraGroup group : groups) {
            all += group.terms().size() * Math.ceilDiv(group.rows(), most);
            total += cost(group, group.rows());
        }
        terms = memory.apply((long) all * TERM_BYTES);
        ends = new int[all];
        unit = Math.min(UNIT, total / (4L * workers));
        for (LoraGroup group : groups) {
            boolean apart = !TermArguments.overlap(group.terms());
            for (int row = 0; row < group.rows(); row += most) {
                add(group, row, Math.min(most, group.rows() - row), apart);
            }
        }
        endUnit();
    }

    private static long cost(LoraGroup group, int rows) {
        long cost = 0;
        for (var term : group.terms()) {
            cost += cost((LowRank) term, rows);
        }
        return cost;
    }

    /** Returns the cost in bytes: up to four rows take about as long as loading the matrices. */
    private static long cost(LowRank term, int rows) {
        return (term.a().bytes() + term.b().bytes()) * (3 + rows) / 4;
    }

    private void add(LoraGroup group, int row, int rows, boolean apart) {
        for (var term : group.terms()) {
            var t = (LowRank) term;
            add(t, group.firstRow() + row, rows);
            cost += cost(t, rows);
            if (apart && cost >= unit) {
                endUnit();
            }
        }
        if (cost >= unit) {
            endUnit();
        }
    }

    private void endUnit() {
        if (count > from(units)) {
            ends[units++] = count;
            cost = 0;
        }
    }

    private int from(int unit) {
        return unit == 0 ? 0 : ends[unit - 1];
    }

    private void add(LowRank term, int firstRow, int rows) {
        long at = (long) count++ * TERM_BYTES;
        var a = PanelMatrix.of(term.a());
        var b = PanelMatrix.of(term.b());
        matrices.add(a);
        matrices.add(b);
        multiplyAdds += (long) rows * a.rows() * (a.columns() + b.rows());
        terms.set(JAVA_LONG, at, a.address());
        terms.set(JAVA_LONG, at + 8, b.address());
        terms.set(JAVA_INT, at + 16, a.rows());
        terms.set(JAVA_INT, at + 20, b.rows());
        terms.set(JAVA_INT, at + 24, firstRow);
        terms.set(JAVA_INT, at + 28, rows);
        terms.set(JAVA_INT, at + 32, term.firstOutput());
        terms.set(JAVA_FLOAT, at + 36, term.scale());
    }

    /**
     * Returns whether all matrices are still there.
     *
     * @param frees {@link MemoryAccount#frees} of the device now
     */
    boolean isOpen(long frees) {
        if (frees != freesSeen) {
            for (var matrix : matrices) {
                if (matrix.isClosed()) {
                    return false;
                }
            }
            freesSeen = frees;
        }
        return true;
    }

    int units() {
        return units;
    }

    /** Returns the multiply-adds of all rows. */
    long multiplyAdds() {
        return multiplyAdds;
    }

    void run(int unit, CpuActivations x, CpuActivations y) {
        kernel.run(
                terms, from(unit), ends[unit], count, inputs, x.rowsFrom(0, 0), y.rowsFrom(0, 0));
    }
}
