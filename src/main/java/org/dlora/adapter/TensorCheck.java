package org.dlora.adapter;

import java.util.List;
import org.dlora.tensor.LoadException;
import org.dlora.tensor.Tensor;

/**
 * What is asked of a single tensor of an adapter.
 *
 * @param file named in errors
 */
record TensorCheck(String file) {
    /** Elements that are widened at a time. */
    private static final int BLOCK = 4096;

    /** Asserts shape, dtype and finite values. */
    void check(Tensor tensor, List<Long> shape) {
        if (!tensor.shape().equals(shape)) {
            throw problem(
                    "tensor %s has shape %s, expected %s to fit the base model; was the adapter trained on another one?"
                            .formatted(tensor.name(), tensor.shape(), shape));
        }
        if (!tensor.dtype().isServable()) {
            throw problem(
                    "tensor %s has dtype %s, expected F32, F16 or BF16"
                            .formatted(tensor.name(), tensor.dtype()));
        }
        long index = FiniteScan.firstNonFinite(tensor);
        if (index >= 0) {
            throw problem(
                    "tensor %s holds %s at element %d; every weight must be finite"
                            .formatted(tensor.name(), named(tensor.getFloat(index)), index));
        }
    }

    /**
     * Asserts that a copy of the base's matrix, which PEFT saves beside an adapted embedding, holds
     * the same numbers. PEFT loads it over the base's, so with others the base would change.
     */
    void checkCopy(Tensor copy, Tensor base) {
        check(copy, base.shape());
        long at = difference(copy, base);
        if (at >= 0) {
            throw problem(
                    "tensor %s differs from the base model's %s at element %d: found %s, expected %s. PEFT would replace the base's matrix by it; retrain it by modules_to_save, or save the adapter with save_embedding_layers=False"
                            .formatted(
                                    copy.name(),
                                    base.name(),
                                    at,
                                    copy.getFloat(at),
                                    base.getFloat(at)));
        }
    }

    private static long difference(Tensor copy, Tensor base) {
        if (copy.dtype() == base.dtype() && copy.data().mismatch(base.data()) < 0) {
            return -1;
        }
        var a = new float[BLOCK];
        var b = new float[BLOCK];
        long elements = copy.elements();
        for (long first = 0; first < elements; first += BLOCK) {
            int n = (int) Math.min(BLOCK, elements - first);
            copy.read(first, a, n);
            base.read(first, b, n);
            for (int i = 0; i < n; i++) {
                if (a[i] != b[i]) {
                    return first + i;
                }
            }
        }
        return -1;
    }

    LoadException problem(String problem) {
        return new LoadException(file + ": " + problem);
    }

    private static String named(float value) {
        return Float.isNaN(value) ? "NaN" : value > 0 ? "Inf" : "-Inf";
    }
}
