package org.dlora.device.cpu.argmax;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.dlora.device.Activations;
import org.dlora.device.ArgMaxIndex;
import org.dlora.device.arguments.Arguments;
import org.dlora.device.cpu.kernels.Kernels;
import org.dlora.device.cpu.linear.LinearKernels;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.memory.CpuActivations;
import org.dlora.device.cpu.memory.FloatRows;
import org.dlora.device.cpu.memory.Memory;
import org.dlora.device.cpu.memory.Scratch;
import org.dlora.device.cpu.threads.Workers;

/**
 * The largest outputs of rows by the index of a matrix, cut for the workers. All panels are
 * bounded, and those whose bound is not below the largest output found so far are computed. One
 * thread calls it.
 */
public final class ArgMaxOperations implements AutoCloseable {
    /**
     * All panels are computed at once where more than one in so many may have the largest output.
     */
    private static final int FEW = 8;

    /** Groups that a worker bounds at a time. */
    private static final int GROUPS = 16;

    private final Optional<IndexKernels> kernels;
    private final LinearKernels linear;
    private final Kernels elementKernels;
    private final Workers workers;
    private final Scratch scratch = new Scratch();

    /**
     * @param linear the products whose largest outputs are looked for
     */
    public ArgMaxOperations(
            Optional<IndexKernels> kernels,
            LinearKernels linear,
            Kernels elementKernels,
            Workers workers) {
        this.kernels = kernels;
        this.linear = linear;
        this.elementKernels = elementKernels;
        this.workers = workers;
    }

    /** Rows of which the largest outputs are looked for, and where what is known of them lies. */
    private record Search(
            PanelMatrix matrix,
            CpuActivations x,
            int[] rows,
            MemorySegment memory,
            long infoAt,
            long upperAt,
            long upperStride) {

        static Search of(PanelMatrix matrix, CpuActivations x, int[] rows, Scratch scratch) {
            long infoAt = aligned(rows.length * IndexKernels.roundedBytes(matrix));
            long upperAt = infoAt + aligned(rows.length * IndexKernels.ROW_BYTES);
            long upperStride =
                    (long) IndexKernels.GROUP * IndexKernels.groups(matrix) * Float.BYTES;
            var memory = scratch.atLeast(upperAt + rows.length * upperStride);
            return new Search(matrix, x, rows, memory, infoAt, upperAt, upperStride);
        }

        private static long aligned(long bytes) {
            return Math.ceilDiv(bytes, Memory.CACHE_LINE) * Memory.CACHE_LINE;
        }

        FloatRows row(int i) {
            return x.rowsFrom(rows[i], 0);
        }

        void round(IndexKernels kernels, int i) {
            kernels.round(
                    matrix,
                    row(i).address(),
                    memory.address() + i * IndexKernels.roundedBytes(matrix),
                    memory.address() + infoAt + i * IndexKernels.ROW_BYTES);
        }

        void bound(IndexKernels kernels, PanelIndex index, int from, int to) {
            kernels.bound(
                    index,
                    from,
                    to,
                    memory.address(),
                    memory.address() + infoAt,
                    rows.length,
                    memory.address() + upperAt);
        }

        boolean isBounded(int i) {
            long norm = infoAt + i * IndexKernels.ROW_BYTES + IndexKernels.ROW_NORM;
            return !Float.isNaN(memory.get(JAVA_FLOAT, norm));
        }

        float upper(int i, int panel) {
            return memory.get(JAVA_FLOAT, upperAt + i * upperStride + (long) Float.BYTES * panel);
        }

        /** Returns the number of panels whose bound is not below {@code least}. */
        int countFrom(int i, float least) {
            int count = 0;
            for (int panel = 0; panel < matrix.panels(); panel++) {
                count += upper(i, panel) < least ? 0 : 1;
            }
            return count;
        }

        /** Returns the panel with the largest bound. */
        int mostPromising(Kernels kernels, int i) {
            return kernels.argMax(memory, upperAt + i * upperStride, matrix.panels());
        }
    }

    /**
     * Finds the largest output of each row {@code rows[i]} of x, as {@code Operations.linear} and
     * {@code argMax} do.
     *
     * @return false if these are faster; then nothing is done
     */
    public boolean linearArgMax(ArgMaxIndex index, Activations x, int[] rows, int[] out) {
        var panels = PanelIndex.of(index);
        var matrix = panels.matrix();
        var in = CpuActivations.of(x);
        Arguments.width(in, "x", matrix.columns());
        Arguments.indices("row", rows, in.rows());
        Arguments.oneForEach(rows, out);
        var with = kernels.filter(some -> rows.length <= some.mostRows()).orElse(null);
        if (with == null || rows.length == 0) {
            return with != null;
        }
        var search = Search.of(matrix, in, rows, scratch);
        workers.forRowChunks(
                rows.length,
                matrix.columns(),
                (_, from, to) -> {
                    for (int i = from; i < to; i++) {
                        search.round(with, i);
                    }
                });
        int groups = IndexKernels.groups(matrix);
        workers.forUnits(
                Math.ceilDiv(groups, GROUPS),
                (long) rows.length * matrix.rows() * matrix.columns(),
                (_, unit) ->
                        search.bound(
                                with,
                                panels,
                                unit * GROUPS,
                                Math.min(groups, (unit + 1) * GROUPS)));
        workers.forRows(
                rows.length,
                matrix.panels(),
                (worker, i) -> out[i] = largest(search, i, workers.scratch(worker)));
        return true;
    }

    private int largest(Search search, int i, Scratch scratch) {
        return search.isBounded(i) ? promising(search, i, scratch) : all(search, i, scratch);
    }

    /**
     * Computes all outputs of a row that has no bounds, as it is very large, small or not finite,
     * or whose bounds leave too many panels.
     */
    private int all(Search search, int i, Scratch scratch) {
        var matrix = search.matrix();
        var outputs = new CpuRow(scratch, (long) matrix.panels() * matrix.lanes());
        linear.linear(matrix.panels(0, matrix.panels()), search.row(i), outputs.from(0), 1, null);
        return elementKernels.argMax(outputs.segment(), 0, matrix.rows());
    }

    /** Computes the outputs of the panels that can hold the largest one. */
    private int promising(Search search, int i, Scratch scratch) {
        var matrix = search.matrix();
        var outputs = new CpuRow(scratch, matrix.lanes());
        var row = search.row(i);
        int first = search.mostPromising(elementKernels, i);
        int best = -1;
        float largest = Float.NEGATIVE_INFINITY;
        for (int turn = -1; turn < matrix.panels(); turn++) {
            int panel = turn < 0 ? first : turn;
            if (turn == first || search.upper(i, panel) < largest) {
                continue;
            }
            if (turn == 0 && search.countFrom(i, largest) > matrix.panels() / FEW) {
                return all(search, i, scratch);
            }
            var one = matrix.panels(panel, panel + 1);
            linear.linear(one, row, outputs.from(one.firstOutput()), 1, null);
            int at = elementKernels.argMax(outputs.segment(), 0, one.outputs());
            float value = outputs.segment().get(JAVA_FLOAT, (long) Float.BYTES * at);
            int output = one.firstOutput() + at;
            if (value > largest || (value == largest && output < best)) {
                largest = value;
                best = output;
            }
        }
        return best;
    }

    /** Memory for some outputs of one row. */
    private record CpuRow(MemorySegment segment) {
        CpuRow(Scratch scratch, long outputs) {
            this(scratch.atLeast(Float.BYTES * outputs));
        }

        /** Returns the row whose output {@code first} is the first one of the memory. */
        FloatRows from(int first) {
            return new FloatRows(segment, -(long) Float.BYTES * first, 0);
        }
    }

    @Override
    public void close() {
        scratch.close();
    }
}
