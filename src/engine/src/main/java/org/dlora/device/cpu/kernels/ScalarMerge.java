package org.dlora.device.cpu.kernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import org.dlora.device.cpu.matrix.PanelMatrix;

/**
 * Merging of weights for {@link ScalarKernels}, element by element. It implements {@link
 * Kernels#merge}, which adds an adapter's change to weights. It also implements {@link
 * Kernels#columns}, which transposes a matrix A, from which the change is computed.
 */
public final class ScalarMerge {
    private ScalarMerge() {}

    static void columns(PanelMatrix matrix, MemorySegment x, long xOffset, long stride) {
        for (int column = 0; column < matrix.columns(); column++) {
            long to = xOffset + column * stride;
            for (int row = 0; row < matrix.panels() * matrix.lanes(); row++) {
                x.set(JAVA_FLOAT, to + 4L * row, matrix.get(row, column));
            }
        }
    }

    static void merge(PanelMerge merge) {
        var w = merge.w();
        var gain = merge.gain();
        var delta = merge.delta();
        int first = merge.panel() * w.lanes();
        for (int lane = 0; lane < w.lanes(); lane++) {
            float factor = gain == null ? 1 : gain.get(JAVA_FLOAT, merge.gainOffset() + 4L * lane);
            for (int column = merge.fromColumn(); column < merge.toColumn(); column++) {
                long at = delta.row(column - merge.fromColumn()) + 4L * lane;
                float change = delta.segment().get(JAVA_FLOAT, at);
                float merged = merged(w.get(first + lane, column), change, merge.scale(), factor);
                merge.live().set(first + lane, column, merged);
            }
        }
    }

    /** Not rounded to the dtype of the weights yet. */
    public static float merged(float weight, float delta, float scale, float gain) {
        return gain * Math.fma(scale, delta, weight);
    }
}
