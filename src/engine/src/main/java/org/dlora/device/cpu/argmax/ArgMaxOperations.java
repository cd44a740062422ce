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

        /**
         * Finds the panels whose bound is not below {@code least}.
         *
         * @return how many there are; {@code out} may hold fewer
         */
        int panelsFrom(Kernels kernels, int i, float least, int[] out) {
            return kernels.notBelow(memory, upperAt + i * upperStride, matrix.panels(), least, out);
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
        boolean isFew = search.matrix().panels() < FEW;
        return search.isBounded(i) && !isFew
                ? promising(search, i, scratch)
                : all(search, i, scratch);
    }

    /**
     * Computes all outputs of a row that has no bounds, as it is very large, small or not finite,
     * or whose bounds leave too many panels, or that has few outputs.
     */
    private int all(Search search, int i, Scratch scratch) {
        var matrix = search.matrix();
        var outputs = new CpuRow(scratch, (long) matrix.panels() * matrix.lanes());
        linear.linear(matrix.panels(0, matrix.panels()), search.row(i), outputs.from(0), 1, null);
        return elementKernels.argMax(outputs.segment(), 0, matrix.rows());
    }

    /** Computes the outputs of the panels that can hold the largest one. */
    private int promising(Search search, int i, Scratch scratch) {
        var best = new Best(search, i, scratch);
        int first = search.mostPromising(elementKernels, i);
        best.look(first);
        int[] panels = new int[search.matrix().panels() / FEW];
        int count = search.panelsFrom(elementKernels, i, best.value, panels);
        if (count > panels.length) {
            return all(search, i, scratch);
        }
        for (int at = 0; at < count; at++) {
            int panel = panels[at];
            // The largest output may have grown since.
            if (panel != first && !(search.upper(i, panel) < best.value)) {
                best.look(panel);
            }
        }
        return best.output;
    }

    /** The largest output of a row that was computed so far, the lowest one among equals. */
    private final class Best {
        private final PanelMatrix matrix;
        private final FloatRows row;
        private final CpuRow outputs;
        private float value = Float.NEGATIVE_INFINITY;
        private int output = -1;

        Best(Search search, int i, Scratch scratch) {
            matrix = search.matrix();
            row = search.row(i);
            outputs = new CpuRow(scratch, matrix.lanes());
        }

        void look(int panel) {
            var one = matrix.panels(panel, panel + 1);
            linear.linear(one, row, outputs.from(one.firstOutput()), 1, null);
            int at = elementKernels.argMax(outputs.segment(), 0, one.outputs());
            float largest = outputs.segment().get(JAVA_FLOAT, (long) Float.BYTES * at);
            int found = one.firstOutput() + at;
            if (largest > value || (largest == value && found < output)) {
                value = largest;
                output = found;
            }
        }
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
