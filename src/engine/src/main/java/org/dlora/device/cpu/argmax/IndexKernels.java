package org.dlora.device.cpu.argmax;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.invoke.MethodHandle;
import java.util.Optional;
import java.util.stream.IntStream;
import org.dlora.device.cpu.linear.NativeLinear;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.memory.Memory;
import org.dlora.device.cpu.memory.MemoryAccount;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.cpu.natives.NativeLibrary;
import org.dlora.device.cpu.natives.NumericMode;
import org.dlora.tensor.DType;

/**
 * The kernels in C that write an index and bound outputs by it. They bound what the products of the
 * families that round to bfloat16 compute.
 */
public final class IndexKernels {
    /** Panels of a group, {@code DLORA_INDEX_GROUP}. */
    static final int GROUP = 4;

    /** Bytes of a {@code dlora_index_row}. */
    static final long ROW_BYTES = 12;

    /** Byte of the norm in a {@code dlora_index_row}, which is NaN where the row has no bounds. */
    static final long ROW_NORM = 4;

    private static final int BLOCK_COLUMNS = 64;

    /** Groups that a thread writes at a time. */
    private static final int RUN = 16;

    /**
     * Rows up to which memory is what the products of tiles wait for, of which an index needs half.
     */
    private static final int TILED_ROWS = 8;

    private final int mostRows;
    private final MethodHandle groupBytes;
    private final MethodHandle write;
    private final MethodHandle row;
    private final MethodHandle bounds;

    private IndexKernels(NativeLibrary library, KernelFamily family) {
        mostRows = family.mode() == NumericMode.BFLOAT16_AMX ? TILED_ROWS : Integer.MAX_VALUE;
        groupBytes = library.function("dlora_index_group_bytes", JAVA_LONG, JAVA_INT);
        write =
                library.function(
                        "dlora_index_avx512_vnni",
                        JAVA_INT,
                        JAVA_LONG, // the matrix
                        JAVA_LONG,
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_LONG); // the index
        row =
                library.procedure(
                        "dlora_index_row_avx512_vnni",
                        JAVA_LONG, // x
                        JAVA_INT,
                        JAVA_LONG, // x, rounded
                        JAVA_LONG);
        bounds =
                library.procedure(
                        "dlora_upper_bounds_avx512_vnni",
                        JAVA_LONG, // the index
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_LONG, // x, rounded
                        JAVA_LONG,
                        JAVA_INT,
                        JAVA_LONG, // the bounds
                        JAVA_LONG);
    }

    /**
     * Returns the kernels that go with the products of {@code family}, if the processor has them.
     */
    public static Optional<IndexKernels> of(NativeLibrary library, KernelFamily family) {
        return family.mode() == NumericMode.FLOAT32 || !library.hasIntegerProducts()
                ? Optional.empty()
                : Optional.of(new IndexKernels(library, family));
    }

    /**
     * Returns the rows up to which an index finds their largest outputs faster than products do.
     */
    int mostRows() {
        return mostRows;
    }

    /**
     * Writes the index of a matrix.
     *
     * @return empty if the matrix is not for these kernels, or has weights that are not finite or
     *     near to it
     */
    public Optional<PanelIndex> index(PanelMatrix matrix, MemoryAccount account) {
        if (!NativeLinear.isFor(matrix)) {
            return Optional.empty();
        }
        int groups = groups(matrix);
        long bytes = bytes(matrix.rows(), matrix.columns(), matrix.dtype());
        var index = new PanelIndex(matrix, Memory.forWeights(bytes, account));
        try {
            boolean isSound =
                    IntStream.range(0, Math.ceilDiv(groups, RUN))
                            .parallel()
                            .mapToObj(run ->
                                    write(index, run * RUN, Math.min(groups, (run + 1) * RUN)))
                            .reduce(true, Boolean::logicalAnd);
            if (isSound) {
                return Optional.of(index);
            }
        } catch (RuntimeException | Error e) {
            index.close();
            throw e;
        }
        index.close();
        return Optional.empty();
    }

    static int groups(PanelMatrix matrix) {
        return Math.ceilDiv(matrix.panels(), GROUP);
    }

    /** Returns the bytes of the index of a matrix; 0 if it has none. */
    public long bytes(int rows, int columns, DType storage) {
        if (storage != DType.BF16 || columns > NativeLinear.COLUMNS) {
            return 0;
        }
        try {
            return Math.ceilDiv(rows, GROUP * NativeLinear.LANES)
                    * (long) groupBytes.invokeExact(columns);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    private boolean write(PanelIndex index, int from, int to) {
        var matrix = index.matrix();
        try {
            int isSound =
                    (int)
                            write.invokeExact(
                                    matrix.address(),
                                    matrix.panelBytes(),
                                    from,
                                    to,
                                    matrix.rows(),
                                    matrix.columns(),
                                    index.address());
            return isSound != 0;
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /** Returns the bytes of a row that {@link #round} rounds. */
    static long roundedBytes(PanelMatrix matrix) {
        return (long) Math.ceilDiv(matrix.columns(), BLOCK_COLUMNS) * BLOCK_COLUMNS;
    }

    /**
     * Rounds a row of x to 8-bit integers.
     *
     * @param x address of the row
     * @param rounded address of {@link #roundedBytes}
     * @param facts address of its {@link #ROW_BYTES}
     */
    void round(PanelMatrix matrix, long x, long rounded, long facts) {
        NativeLibrary.call(() -> {
            row.invokeExact(x, matrix.columns(), rounded, facts);
        });
    }

    /**
     * Bounds the outputs of each panel in the groups {@code from .. to}.
     *
     * @param rounded address of the rows
     * @param facts address of what {@link #round} tells of them
     * @param upper address of {@code [count][GROUP · groups]} bounds
     */
    void bound(
            PanelIndex index, int from, int to, long rounded, long facts, int count, long upper) {
        var matrix = index.matrix();
        long stride = (long) GROUP * groups(matrix);
        NativeLibrary.call(() -> {
            bounds.invokeExact(
                    index.address(),
                    from,
                    to,
                    matrix.columns(),
                    rounded,
                    facts,
                    count,
                    upper,
                    stride);
        });
    }
}
