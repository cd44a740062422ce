package org.dlora.device.cpu.kernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.matrix.Panels;
import org.dlora.device.cpu.memory.Bfloat16;
import org.dlora.device.cpu.memory.FloatRows;
import org.dlora.tensor.DType;

/** {@link Kernels#linear}, element by element. */
final class ScalarLinear {
    private ScalarLinear() {}

    static void linear(Panels w, FloatRows x, FloatRows y, int rows) {
        int lanes = w.matrix().lanes();
        var sums = new float[lanes];
        for (int panel = w.from(); panel < w.to(); panel++) {
            for (int row = 0; row < rows; row++) {
                if (w.matrix().dtype() == DType.F32) {
                    floatPanel(w.matrix(), panel, x.segment(), x.row(row), sums);
                } else {
                    bfloatPanel(w.matrix(), panel, x.segment(), x.row(row), sums);
                }
                MemorySegment.copy(
                        sums, 0, y.segment(), JAVA_FLOAT, y.row(row) + 4L * panel * lanes, lanes);
            }
        }
    }

    private static void floatPanel(
            PanelMatrix w, int panel, MemorySegment x, long xOffset, float[] sums) {
        MemorySegment weights = w.segment();
        long offset = panel * w.panelBytes();
        Arrays.fill(sums, 0);
        for (int k = 0; k < w.columns(); k++, offset += 4L * sums.length) {
            float value = x.get(JAVA_FLOAT, xOffset + 4L * k);
            for (int lane = 0; lane < sums.length; lane++) {
                sums[lane] =
                        Math.fma(weights.get(JAVA_FLOAT, offset + 4L * lane), value, sums[lane]);
            }
        }
    }

    private static void bfloatPanel(
            PanelMatrix w, int panel, MemorySegment x, long xOffset, float[] sums) {
        MemorySegment weights = w.segment();
        long pairs = panel * w.panelBytes();
        Arrays.fill(sums, 0);
        for (int k = 0; k < w.columns(); k++) {
            float value = x.get(JAVA_FLOAT, xOffset + 4L * k);
            long offset = pairs + 4L * (k >> 1) * sums.length + 2L * (k & 1);
            for (int lane = 0; lane < sums.length; lane++) {
                float weight = Bfloat16.widen(weights.get(JAVA_SHORT, offset + 4L * lane));
                sums[lane] = Math.fma(weight, value, sums[lane]);
            }
        }
    }
}
