package org.dlora.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm.LowRank;

/**
 * The terms of an operation for {@link NativeLora}, written down one behind another. A unit is some
 * of them that follow each other: of one group or, where groups are small, of several, so that
 * calls are long enough for the loads that run ahead in them.
 */
final class FusedTerms {
    private static final int TERM_BYTES = 40;

    /** Cost of a unit, about its bytes from memory. */
    private static final long UNIT = 128 << 10;

    private final NativeLora kernel;
    private final List<LoraGroup> groups;
    private final List<PanelMatrix> matrices = new ArrayList<>();
    private final int inputs;
    private final int outputs;
    private final int endRow;
    private final MemorySegment terms;

    /** Of each unit, where it ends. */
    private final int[] ends;

    private final long unit;
    private int count;
    private int units;
    private long cost;
    private long multiplyAdds;

    /**
     * @param groups that the kernel is for, checked
     * @param memory where to write the terms, by their bytes
     * @param members who share the units
     */
    FusedTerms(
            NativeLora kernel,
            List<LoraGroup> groups,
            CpuActivations x,
            CpuActivations y,
            LongFunction<MemorySegment> memory,
            int members) {
        this.kernel = kernel;
        this.groups = List.copyOf(groups);
        inputs = x.width();
        outputs = y.width();
        int most = NativeLora.rows(x.width());
        int all = 0;
        int end = 0;
        long total = 0;
        for (LoraGroup group : groups) {
            all += group.terms().size() * Math.ceilDiv(group.rows(), most);
            total += cost(group, group.rows());
            end = Math.max(end, group.firstRow() + group.rows());
        }
        endRow = end;
        terms = memory.apply((long) all * TERM_BYTES);
        ends = new int[all];
        unit = Math.min(UNIT, total / (4L * members));
        for (LoraGroup group : groups) {
            boolean apart = !LoraArguments.overlap(group.terms());
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

    /** Up to four rows take about as long as loading the matrices. */
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
        var a = Arguments.matrix(term.a());
        var b = Arguments.matrix(term.b());
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
     * Whether these are the terms of just such an operation, and all their matrices still there:
     * groups do not change, so it is enough that they are the same ones.
     */
    @SuppressWarnings(
            "ReferenceEquality") // Comparing what is in them would take longer than adding them.
    boolean areOf(List<LoraGroup> others, CpuActivations x, CpuActivations y) {
        if (others.size() != groups.size() || x.width() != inputs || y.width() != outputs) {
            return false;
        }
        for (int i = 0; i < groups.size(); i++) {
            if (others.get(i) != groups.get(i)) {
                return false;
            }
        }
        for (var matrix : matrices) {
            if (matrix.isClosed()) {
                return false;
            }
        }
        return endRow <= Math.min(x.rows(), y.rows());
    }

    int units() {
        return units;
    }

    /** What there is to compute, for all rows. */
    long multiplyAdds() {
        return multiplyAdds;
    }

    void run(int unit, CpuActivations x, CpuActivations y) {
        kernel.run(
                terms, from(unit), ends[unit], count, inputs, x.rowsFrom(0, 0), y.rowsFrom(0, 0));
    }
}
