package org.dlora.device.arguments;

import java.util.List;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;

/** Row-major tensors {@code [n_i, k]}, checked, as the rows of one matrix {@code [Σ n_i, k]}. */
public final class MatrixParts {
    private final List<Tensor> parts;
    private final DType storage;

    /** Row of the matrix that each part begins at, and the number of all rows. */
    private final int[] starts;

    /**
     * @param storage of the matrix
     * @throws IllegalArgumentException if the parts do not fit each other, or not the storage
     */
    public MatrixParts(List<Tensor> parts, DType storage) {
        if (parts.isEmpty()) {
            throw new IllegalArgumentException(
                    "matrix of no parts: expected at least one tensor [n, k]");
        }
        Arguments.storage("matrix storage", storage);
        this.parts = List.copyOf(parts);
        this.storage = storage;
        parts.forEach(part -> check(part, parts.getFirst()));
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

    /** Returns the number of rows of all parts. */
    public int rows() {
        return starts[parts.size()];
    }

    public int columns() {
        return parts.getFirst().size(1);
    }

    /**
     * A row of the matrix.
     *
     * @param row its number in the part
     */
    public record Row(Tensor part, int row) {}

    /** Returns row {@code number} of the matrix. */
    public Row row(int number) {
        int part = 0;
        while (number >= starts[part + 1]) {
            part++;
        }
        return new Row(parts.get(part), number - starts[part]);
    }
}
