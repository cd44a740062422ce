package org.dlora.adapter.content;

import java.util.List;
import java.util.Optional;
import org.dlora.tensor.Tensor;

/**
 * Checks of a single tensor of an adapter. Each check returns the problem, if there is one.
 *
 * @param file the tensor's file, for errors
 */
public record TensorCheck(String file) {
    /** Elements that are widened at a time. */
    private static final int BLOCK = 4096;

    Optional<String> shape(Tensor tensor, List<Long> expected) {
        return tensor.shape().equals(expected)
                ? Optional.empty()
                : problem(
                        "tensor %s has shape %s, expected %s to fit the base model; was the adapter trained on another one?"
                                .formatted(tensor.name(), tensor.shape(), expected));
    }

    /** Checks that the values have a dtype that can be served. */
    Optional<String> dtype(Tensor tensor) {
        return tensor.dtype().isServable()
                ? Optional.empty()
                : problem(
                        "tensor %s has dtype %s, expected F32, F16 or BF16; save the adapter in one of them"
                                .formatted(tensor.name(), tensor.dtype()));
    }

    /** Checks that the values have a dtype that can be served, and are finite. */
    public Optional<String> values(Tensor tensor) {
        var other = dtype(tensor);
        if (other.isPresent()) {
            return other;
        }
        long index = FiniteScan.firstNonFinite(tensor);
        return index < 0
                ? Optional.empty()
                : problem(
                        "tensor %s holds %s at element %d, expected finite values only; the training diverged or the file is damaged"
                                .formatted(tensor.name(), named(tensor.getFloat(index)), index));
    }

    /**
     * Checks that a copy of the base's matrix holds the same numbers. PEFT saves such a copy beside
     * an adapted embedding and loads it over the base's, so other numbers would change the base.
     */
    Optional<String> copy(Tensor copy, Tensor base) {
        var misfit = shape(copy, base.shape());
        if (misfit.isPresent() || !copy.dtype().isServable()) {
            return misfit;
        }
        long at = difference(copy, base);
        return at < 0
                ? Optional.empty()
                : problem(
                        "tensor %s differs from the base model's %s at element %d: found %s, expected %s. PEFT would replace the base's matrix by it; retrain it by modules_to_save, or save the adapter with save_embedding_layers=False"
                                .formatted(
                                        copy.name(),
                                        base.name(),
                                        at,
                                        copy.getFloat(at),
                                        base.getFloat(at)));
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

    private Optional<String> problem(String problem) {
        return Optional.of(file + ": " + problem);
    }

    private static String named(float value) {
        return Float.isNaN(value) ? "NaN" : value > 0 ? "Inf" : "-Inf";
    }
}
