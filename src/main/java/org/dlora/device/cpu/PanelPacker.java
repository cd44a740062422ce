package org.dlora.device.cpu;

import java.util.List;
import java.util.stream.IntStream;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;

/**
 * Stacks row-major tensors {@code [n_i, k]} into one {@link PanelMatrix} {@code [Σ n_i, k]}, panels
 * in parallel.
 */
final class PanelPacker {
    private final List<Tensor> parts;
    private final DType storage;
    private final int columns;

    /** Row of the stack that each part begins at, and the number of all rows. */
    private final int[] starts;

    PanelPacker(List<Tensor> parts, DType storage) {
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

    PanelMatrix pack(int lanes, Account account) {
        var matrix = new PanelMatrix(starts[parts.size()], columns, storage, lanes, account);
        try {
            IntStream.range(0, matrix.panels())
                    .parallel()
                    .forEach(panel -> packPanel(matrix, panel));
        } catch (RuntimeException | Error e) {
            matrix.close();
            throw e;
        }
        return matrix;
    }

    private void packPanel(PanelMatrix matrix, int panel) {
        var values = new float[columns];
        int first = panel * matrix.lanes();
        int end = Math.min(first + matrix.lanes(), matrix.rows());
        int part = 0;
        for (int row = first; row < end; row++) {
            while (row >= starts[part + 1]) {
                part++;
            }
            long firstElement = (long) (row - starts[part]) * columns;
            parts.get(part).read(firstElement, values, columns);
            matrix.setRow(row, values);
        }
    }
}
