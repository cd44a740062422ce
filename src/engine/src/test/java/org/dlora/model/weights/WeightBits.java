package org.dlora.model.weights;

import java.util.Arrays;
import java.util.List;
import org.dlora.device.Operations;
import org.dlora.device.WeightMatrix;
import org.dlora.device.reference.Session;

/**
 * Hash of all bits that a step reads: equal hashes mean that two replicas have the same weights.
 */
public final class WeightBits {
    private WeightBits() {}

    /** Returns the hash of all matrices. */
    public static long hash(StepWeights weights, int layers, Operations operations) {
        long hash = hash(weights.embedding(), operations) * 31 + hash(weights.output(), operations);
        for (int layer = 0; layer < layers; layer++) {
            var own = weights.layer(layer);
            for (var linear : List.of(own.qkv(), own.output(), own.gateUp(), own.down())) {
                hash = hash * 31 + hash(linear.weight(), operations);
            }
        }
        return hash;
    }

    private static long hash(WeightMatrix matrix, Operations operations) {
        long hash = 1;
        var tokens = new int[matrix.rows()];
        Arrays.setAll(tokens, i -> i);
        try (var rows = operations.activations(matrix.rows(), matrix.columns())) {
            Session.embed(operations, matrix, tokens, rows);
            var row = new float[matrix.columns()];
            for (int i = 0; i < tokens.length; i++) {
                operations.read(rows, i, row);
                hash = hash * 0x9e3779b97f4a7c15L + Arrays.hashCode(row);
            }
        }
        return hash;
    }
}
