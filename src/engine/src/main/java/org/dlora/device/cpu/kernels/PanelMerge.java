package org.dlora.device.cpu.kernels;

import java.lang.foreign.MemorySegment;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.memory.FloatRows;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of {@link Kernels#merge}: some columns of a panel of w, which are written to {@code
 * live} with an adapter's change.
 *
 * @param live another matrix like {@code w}
 * @param fromColumn even
 * @param delta row j is the change at column {@code fromColumn + j}, at the panel's first row
 * @param gain gain of the panel's rows, from byte {@code gainOffset} on; null: ones
 */
public record PanelMerge(
        PanelMatrix w,
        PanelMatrix live,
        int panel,
        int fromColumn,
        int toColumn,
        FloatRows delta,
        float scale,
        @Nullable MemorySegment gain,
        long gainOffset) {

    int columns() {
        return toColumn - fromColumn;
    }

    /** Byte offset of the first column, in both matrices. */
    long offset() {
        return panel * w.panelBytes() + w.columnOffset(fromColumn);
    }
}
