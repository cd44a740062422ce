package org.dlora.device.cpu.matrix;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.dlora.device.arguments.MatrixParts;
import org.dlora.device.cpu.memory.MemoryAccount;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;

/**
 * Stacks row-major tensors {@code [n_i, k]} into one {@link PanelMatrix} {@code [Σ n_i, k]}, runs
 * of panels of large matrices in parallel.
 */
public final class PanelPacker {
    /** Panels that a thread packs with the same buffers. */
    private static final int RUN = 8;

    /** Elements below which a hand-off to other threads costs more than it gains. */
    private static final long ALONE = 1 << 18;

    /** Words of a row that are transposed before the next row's. */
    private static final int TILE = 128;

    private final MatrixParts parts;
    private final DType storage;
    private final int columns;

    public PanelPacker(List<Tensor> parts, DType storage) {
        this.parts = new MatrixParts(parts, storage);
        this.storage = storage;
        this.columns = this.parts.columns();
    }

    public PanelMatrix pack(int lanes, MemoryAccount account) {
        var matrix = new PanelMatrix(parts.rows(), columns, storage, lanes, account);
        int runs = Math.ceilDiv(matrix.panels(), RUN);
        try {
            var each = IntStream.range(0, runs);
            boolean isAlone = (long) matrix.rows() * columns < ALONE;
            (isAlone ? each : each.parallel()).forEach(run -> pack(matrix, run));
        } catch (RuntimeException | Error e) {
            matrix.close();
            throw e;
        }
        return matrix;
    }

    private void pack(PanelMatrix matrix, int run) {
        var rows = new RowWords(storage, columns);
        int lanes = matrix.lanes();
        var block = new int[lanes * rows.words()];
        var panel = new int[block.length];
        int end = Math.min((run + 1) * RUN, matrix.panels());
        for (int i = run * RUN; i < end; i++) {
            int present = Math.min(lanes, matrix.rows() - i * lanes);
            for (int lane = 0; lane < present; lane++) {
                read(i * lanes + lane, rows, block, lane * rows.words());
            }
            Arrays.fill(block, present * rows.words(), block.length, 0);
            transpose(block, lanes, rows.words(), panel);
            matrix.setPanel(i, panel);
        }
    }

    private void read(int row, RowWords rows, int[] block, int at) {
        var from = parts.row(row);
        rows.read(from.part(), from.row(), block, at);
    }

    /** {@code to[word][lane] = from[lane][word]}, in tiles whose rows stay in the first cache. */
    private static void transpose(int[] from, int lanes, int words, int[] to) {
        for (int first = 0; first < words; first += TILE) {
            int end = Math.min(first + TILE, words);
            for (int lane = 0; lane < lanes; lane++) {
                int row = lane * words;
                for (int word = first; word < end; word++) {
                    to[word * lanes + lane] = from[row + word];
                }
            }
        }
    }
}
