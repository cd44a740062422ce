package org.dlora.device.cpu.kernels;

import java.lang.foreign.MemorySegment;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.matrix.Panels;
import org.dlora.device.cpu.memory.FloatRows;

/**
 * The inner loops of the CPU device in Java: products, row-wise operations, attention and merging.
 * One implementation uses the Vector API, the other is scalar.
 *
 * <p>Offsets and strides are in bytes, memory is off the heap, values are float32 where nothing
 * else is said. Every implementation does the same float operations in the same order for an
 * element. So the results agree bit for bit, but for the sign and payload of NaNs. Stateless.
 */
public interface Kernels {

    /** Returns the name in the log. */
    String name();

    /** Rows in a panel of a {@link PanelMatrix} for these kernels. */
    int lanes();

    /** Panels that {@link #linear} wants at a time; a share of work should be a multiple. */
    int panelTile();

    /**
     * {@code y[r, c] = Σ_k x[r, k]·w[c, k]} for the outputs c of some panels, k ascending through
     * one fused multiply-add. Stores whole panels: y must have room for the last one.
     *
     * @param x offset of the first row
     * @param y likewise, at output 0 of the matrix
     */
    void linear(Panels w, FloatRows x, FloatRows y, int rows);

    /** {@code y[i] += x[i]}. */
    void add(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int n);

    /** {@code y[i] *= x[i]}. */
    void multiply(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int n);

    /** {@code y[i] += factor·x[i]}, by one fused multiply-add. */
    void addScaled(
            MemorySegment x, long xOffset, float factor, MemorySegment y, long yOffset, int n);

    /** {@code y[i] = x[i] / divisor}. */
    void divide(MemorySegment x, long xOffset, float divisor, MemorySegment y, long yOffset, int n);

    /** {@code y[i] = silu(gate[i])·up[i]}. */
    void siluMul(
            MemorySegment gate,
            long gateOffset,
            long upOffset,
            MemorySegment y,
            long yOffset,
            int n);

    /**
     * {@code y = x / sqrt(mean(x²) + eps) · weight}, in place if x is y. The squares are summed in
     * 16 partial sums, element i in sum i mod 16, which are then added pairwise: 8 apart, 4 apart,
     * 2 apart, 1 apart.
     */
    void rmsNorm(
            MemorySegment x,
            long xOffset,
            MemorySegment weight,
            float eps,
            MemorySegment y,
            long yOffset,
            int n);

    /** Rotates the pairs (i, i + half) of a head in place. */
    void rotate(
            MemorySegment x,
            long xOffset,
            int half,
            MemorySegment cos,
            MemorySegment sin,
            long tableOffset);

    /**
     * Widens rows of bfloat16 pairs, {@code x [rows][n][2]}, to two rows each, {@code y
     * [2·rows][n]}.
     */
    void widenPairs(MemorySegment x, long xOffset, int rows, int n, MemorySegment y, long yOffset);

    /**
     * Scores of four queries with the 16 keys of a block: {@code scores[i][j] = scale·Σ_d
     * q_i[d]·k[d][j]}, d ascending.
     *
     * @param k {@code [headDim][16]}
     * @param scores {@code [4][16]}
     */
    void scores(
            MemorySegment q,
            long q0,
            long q1,
            long q2,
            long q3,
            int headDim,
            float scale,
            MemorySegment k,
            long kOffset,
            MemorySegment scores,
            long scoresOffset);

    /**
     * Index of the largest of n elements, the lowest one among equals; {@code -1 - i} for the first
     * element i that is NaN or infinite.
     */
    int argMax(MemorySegment x, long xOffset, int n);

    /**
     * Finds the elements of n that are not less than {@code least}, any NaN among them.
     *
     * @param out takes their indices in ascending order, as many as it has room for
     * @return how many there are
     */
    int notBelow(MemorySegment x, long xOffset, int n, float least, int[] out);

    /** The largest of 16 scores and {@code max}. */
    float max(MemorySegment scores, long offset, float max);

    /**
     * {@code p[j] = exp(p[j] - max)} and {@code sums[j] = sums[j]·correction + p[j]} for 16
     * positions j.
     */
    void exponentials(
            MemorySegment p,
            long pOffset,
            float max,
            float correction,
            MemorySegment sums,
            long sumsOffset);

    /**
     * {@code out[d] = out[d]·correction + Σ_j p[j]·v[j][d]} for the positions {@code from .. to} of
     * a block, j ascending.
     *
     * @param v {@code [16][headDim]}
     */
    void weighted(
            MemorySegment p,
            long pOffset,
            int from,
            int to,
            MemorySegment v,
            long vOffset,
            int headDim,
            float correction,
            MemorySegment out,
            long outOffset);

    /**
     * {@link #weighted} for four queries.
     *
     * @param p {@code [4][16]}
     * @param corrections of the four queries, from index {@code first} on
     * @param out {@code [4][headDim]}
     */
    void weighted4(
            MemorySegment p,
            long pOffset,
            int from,
            int to,
            MemorySegment v,
            long vOffset,
            int headDim,
            float[] corrections,
            int first,
            MemorySegment out,
            long outOffset);

    /**
     * Row j of x is column {@code j} of {@code matrix}, widened: {@code [columns][rows]}. Stores
     * whole panels: a row of x must have room for the last one.
     *
     * @param stride bytes from a row of x to the next
     */
    void columns(PanelMatrix matrix, MemorySegment x, long xOffset, long stride);

    /**
     * {@code live[c, j] = round(gain[c]·fma(scale, delta[j, c], w[c, j]))} for all rows c of a
     * panel and some columns j.
     */
    void merge(PanelMerge merge);
}
