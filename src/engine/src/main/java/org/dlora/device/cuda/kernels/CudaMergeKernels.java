package org.dlora.device.cuda.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.dlora.device.cuda.driver.Kernel;
import org.dlora.device.cuda.driver.Stream;

/** Launches of merges, and of the measurement of what rounding loses. */
public final class CudaMergeKernels {
    private static final int THREADS = 256;
    private static final int ROWS = 16;
    private static final int COLUMNS = 256;

    private final Stream stream;
    private final MemorySegment structure;
    private final Kernel mergeF32;
    private final Kernel mergeBf16;
    private final Kernel lossF32;
    private final Kernel lossBf16;

    public CudaMergeKernels(LoadedKernels kernels, Stream stream, Arena arena) {
        this.stream = stream;
        structure = arena.allocate(TermStructure.BYTES, 8);
        mergeF32 = kernels.kernel("merge", "merge_f32", 8, arena);
        mergeBf16 = kernels.kernel("merge", "merge_bf16", 8, arena);
        lossF32 = kernels.kernel("merge_loss", "merge_loss_f32", 8, arena);
        lossBf16 = kernels.kernel("merge_loss", "merge_loss_bf16", 8, arena);
    }

    /**
     * Rows of a pristine matrix on the GPU.
     *
     * @param address of row {@code firstRow}, the first that is there
     */
    public record Weights(boolean isBf16, long address, int firstRow, int stride, int columns) {
        /** Returns the bytes from row to row. */
        public long rowBytes() {
            return (long) stride * (isBf16 ? Short.BYTES : Float.BYTES);
        }
    }

    /**
     * Merges a term into the rows {@code from .. to}, which are rows of the term.
     *
     * @param live address of row {@code w.firstRow()}
     * @param isTable whether the term's outputs are columns
     */
    public void merge(Weights w, long live, int from, int to, TermStructure term, boolean isTable) {
        term.behind(w.firstRow(), isTable).write(structure, 0);
        (w.isBf16() ? mergeBf16 : mergeF32)
                .address(w.address())
                .address(live)
                .number(w.stride())
                .number(w.columns())
                .number(from - w.firstRow())
                .number(to - w.firstRow())
                .structure(structure)
                .number(isTable)
                .launch(
                        stream,
                        Math.ceilDiv(w.stride(), COLUMNS),
                        blocksOf(from, to),
                        1,
                        THREADS,
                        0);
    }

    /** Returns the pairs of float64 that {@link #loss} writes. */
    public static int losses(Weights w, int from, int to) {
        return Math.ceilDiv(w.columns(), COLUMNS) * blocksOf(from, to);
    }

    /**
     * Measures what {@link #merge} of the same rows loses.
     *
     * @param out room for {@link #losses} pairs of float64
     */
    public void loss(Weights w, int from, int to, TermStructure term, boolean isTable, long out) {
        term.behind(w.firstRow(), isTable).write(structure, 0);
        (w.isBf16() ? lossBf16 : lossF32)
                .address(w.address())
                .number(w.stride())
                .number(w.columns())
                .number(from - w.firstRow())
                .number(to - w.firstRow())
                .structure(structure)
                .number(isTable)
                .address(out)
                .launch(
                        stream,
                        Math.ceilDiv(w.columns(), COLUMNS),
                        blocksOf(from, to),
                        1,
                        THREADS,
                        0);
    }

    private static int blocksOf(int from, int to) {
        return Math.ceilDiv(to - from, ROWS);
    }
}
