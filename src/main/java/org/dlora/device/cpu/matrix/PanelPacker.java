package org.dlora.device.cpu.matrix;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
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

    private final List<Tensor> parts;
    private final DType storage;
    private final int columns;

    /** Row of the stack that each part begins at, and the number of all rows. */
    private final int[] starts;

    public PanelPacker(List<Tensor> parts, DType storage) {
        if (parts.isEmpty()) {
            throw new IllegalArgumentException(
                    "matrix of no parts: expected at least one tensor [n, k]");
        }
        if (storage != DType.F32 && storage != DType.BF16) {
            throw new IllegalArgumentException(
                    "matrix storage " + storage + ": expected F32 or BF16");
        }
        this.parts = List.copyOf(parts);
        this.storage = storage;
        parts.forEach(part -> check(part, parts.getFirst()));
        this.columns = parts.getFirst().size(1);
        this.starts = new int[parts.size() + 1];
        for (int i = 0; i < parts.size(); i++) {
            starts[i + 1] = Math.addExact(starts[i], parts.get(i).size(0));
        }
    }

    private void check(Tensor part, Tensor first) {
        if (part.shape().size() != 2
                || !part.shape().get(1).equals(first.shape().getLast())
                || part.elements() == 0) {
            throw new IllegalArgumentException(
                    "matrix part %s has shape %s: expected [n, k], neither 0, with the same k as %s %s"
                            .formatted(part.name(), part.shape(), first.name(), first.shape()));
        }
        if (!part.dtype().isServable()) {
            throw new IllegalArgumentException(
                    "matrix part %s has dtype %s: expected F32, F16 or BF16"
                            .formatted(part.name(), part.dtype()));
        }
        if (part.dtype() == DType.F16 && storage == DType.BF16) {
            throw new IllegalArgumentException(
                    "matrix part %s is F16 and would lose three of its ten fraction bits in BF16: store it as F32"
                            .formatted(part.name()));
        }
    }

    public PanelMatrix pack(int lanes, MemoryAccount account) {
        var matrix = new PanelMatrix(starts[parts.size()], columns, storage, lanes, account);
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
        int part = 0;
        while (row >= starts[part + 1]) {
            part++;
        }
        rows.read(parts.get(part), row - starts[part], block, at);
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
