package org.dlora.device.cpu.matrix;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.dlora.device.WeightMatrix;
import org.dlora.device.arguments.Arguments;
import org.dlora.device.cpu.memory.Bfloat16;
import org.dlora.device.cpu.memory.Memory;
import org.dlora.device.cpu.memory.MemoryAccount;
import org.dlora.tensor.DType;

/**
 * A matrix {@code [n, k]} cut into panels of {@code lanes} rows, so that one vector load brings the
 * same column of {@code lanes} output rows and a product needs no sum across lanes.
 *
 * <p>A float32 panel is {@code [k][lanes]}. A bfloat16 panel is {@code [⌈k/2⌉][lanes][2]}: a load
 * of 32-bit lanes brings two columns, the even one in the lower halves and the odd one in the
 * upper, and either becomes a float32 by one shift or mask. Rows and columns beyond n and k are
 * zero.
 */
public final class PanelMatrix implements WeightMatrix {
    private final int rows;
    private final int columns;
    private final int lanes;
    private final DType dtype;
    private final long panelBytes;
    private final Memory memory;
    private boolean isClosed;

    public PanelMatrix(int rows, int columns, DType dtype, int lanes, MemoryAccount account) {
        this(
                rows,
                columns,
                dtype,
                lanes,
                Memory.forWeights(bytes(rows, columns, dtype, lanes), account));
    }

    /**
     * A matrix in memory that is filled already, or filled later.
     *
     * @param memory of {@link #bytes(int, int, DType, int)}; becomes the matrix's own
     */
    public PanelMatrix(int rows, int columns, DType dtype, int lanes, Memory memory) {
        this.rows = rows;
        this.columns = columns;
        this.lanes = lanes;
        this.dtype = dtype;
        this.panelBytes = panelBytes(columns, dtype, lanes);
        this.memory = memory;
    }

    /** Returns the matrix of this device that a caller handed in. */
    public static PanelMatrix of(WeightMatrix matrix) {
        return Arguments.own(PanelMatrix.class, matrix, "the CPU device");
    }

    /** Bytes that such a matrix takes. */
    public static long bytes(int rows, int columns, DType dtype, int lanes) {
        return Math.ceilDiv(rows, lanes) * panelBytes(columns, dtype, lanes);
    }

    private static long panelBytes(int columns, DType dtype, int lanes) {
        return 4L * lanes * (dtype == DType.F32 ? columns : Math.ceilDiv(columns, 2));
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int columns() {
        return columns;
    }

    @Override
    public DType dtype() {
        return dtype;
    }

    @Override
    public long bytes() {
        return panels() * panelBytes;
    }

    public int lanes() {
        return lanes;
    }

    public int panels() {
        return Math.ceilDiv(rows, lanes);
    }

    /** The panels {@code from .. to}. */
    public Panels panels(int from, int to) {
        return new Panels(this, from, to);
    }

    /** All panels, {@code count} at a time. */
    public List<Panels> cut(int count) {
        var cuts = new ArrayList<Panels>();
        for (int panel = 0; panel < panels(); panel += count) {
            cuts.add(panels(panel, Math.min(panel + count, panels())));
        }
        return cuts;
    }

    /** Bytes from one panel to the next. */
    public long panelBytes() {
        return panelBytes;
    }

    public MemorySegment segment() {
        return memory.segment();
    }

    /** {@link Memory#address}. */
    public long address() {
        return memory.address();
    }

    /** Writes the words of panel {@code panel}, {@code [words of a row][lanes]}. */
    void setPanel(int panel, int[] words) {
        MemorySegment.copy(words, 0, segment(), JAVA_INT, panel * panelBytes, words.length);
    }

    /** An element, widened. */
    public float get(int row, int column) {
        long panel = row / lanes * panelBytes;
        return dtype == DType.F32
                ? segment().get(JAVA_FLOAT, panel + 4L * ((long) column * lanes + row % lanes))
                : Bfloat16.widen(
                        segment().get(JAVA_SHORT, panel + pairedOffset(column, row % lanes)));
    }

    /** Writes an element, rounded to nearest even for bfloat16. */
    public void set(int row, int column, float value) {
        long panel = row / lanes * panelBytes;
        if (dtype == DType.F32) {
            segment().set(JAVA_FLOAT, panel + 4L * ((long) column * lanes + row % lanes), value);
        } else {
            short rounded = Bfloat16.round(value);
            segment().set(JAVA_SHORT, panel + pairedOffset(column, row % lanes), rounded);
        }
    }

    /** Byte offset in a panel of column {@code column}, or of the pair that it is in. */
    public long columnOffset(int column) {
        return 4L * lanes * (dtype == DType.F32 ? column : column >> 1);
    }

    /** Copies row {@code row}, widened, to {@code out} at byte {@code outOffset}. */
    public void copyRow(int row, MemorySegment out, long outOffset) {
        MemorySegment panels = segment();
        long offset = row / lanes * panelBytes;
        int lane = row % lanes;
        if (dtype == DType.F32) {
            for (int i = 0; i < columns; i++) {
                out.set(
                        JAVA_FLOAT,
                        outOffset + 4L * i,
                        panels.get(JAVA_FLOAT, offset + 4L * ((long) i * lanes + lane)));
            }
        } else {
            for (int i = 0; i < columns; i++) {
                float value =
                        Bfloat16.widen(panels.get(JAVA_SHORT, offset + pairedOffset(i, lane)));
                out.set(JAVA_FLOAT, outOffset + 4L * i, value);
            }
        }
    }

    /** Copies column {@code column}, one value per row, widened, to {@code out}. */
    public void copyColumn(int column, MemorySegment out, long outOffset) {
        MemorySegment panels = segment();
        for (int row = 0; row < rows; row++) {
            long offset = row / lanes * panelBytes;
            int lane = row % lanes;
            float value =
                    dtype == DType.F32
                            ? panels.get(JAVA_FLOAT, offset + 4L * ((long) column * lanes + lane))
                            : Bfloat16.widen(
                                    panels.get(JAVA_SHORT, offset + pairedOffset(column, lane)));
            out.set(JAVA_FLOAT, outOffset + 4L * row, value);
        }
    }

    private long pairedOffset(int column, int lane) {
        return 4L * ((long) (column >> 1) * lanes + lane) + 2L * (column & 1);
    }

    /** Returns whether the matrix was freed; only the object is looked at. */
    public boolean isClosed() {
        return isClosed;
    }

    @Override
    public void close() {
        isClosed = true;
        memory.close();
    }
}
