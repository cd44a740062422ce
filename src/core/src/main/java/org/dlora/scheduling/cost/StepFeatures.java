package org.dlora.scheduling.cost;

import org.dlora.scheduling.StepShape;

/**
 * The features from which {@link LinearCosts} predicts the seconds of a step: a sum of features
 * with nonnegative factors.
 *
 * <p>A step of few rows waits for memory, a step of many rows for arithmetic. So the prediction is
 * piecewise linear in the number of rows: each stretch between two row counts has a factor of its
 * own. The rows of a LoRA group are treated likewise. Nonnegative factors express any such time
 * that does not fall with the number of rows.
 */
final class StepFeatures {
    /** Row counts at which stretches end. */
    private static final int[] ROWS = {4, 16, 64, 256, Integer.MAX_VALUE};

    /** Row counts at which stretches of a group end. */
    private static final int[] GROUP_ROWS = {1, 16, Integer.MAX_VALUE};

    /** Number of features before those of rows. */
    private static final int FIRST_ROWS = 7;

    /** Number of features. */
    static final int COUNT = FIRST_ROWS + ROWS.length + GROUP_ROWS.length;

    private StepFeatures() {}

    /** Returns the features {@code [COUNT]}. */
    static double[] of(StepShape shape) {
        var features = new double[COUNT];
        features[0] = 1;
        features[1] = shape.decodeRows();
        features[2] = shape.context();
        features[3] = shape.prefillContext();
        features[4] = shape.groups().size();
        features[5] = shape.greedyRows();
        features[6] = shape.sampledRows();
        addStretches(features, FIRST_ROWS, shape.rows(), ROWS, 1);
        for (var group : shape.groups()) {
            addStretches(
                    features,
                    FIRST_ROWS + ROWS.length,
                    group.rows(),
                    GROUP_ROWS,
                    (double) group.lora().elements());
        }
        return features;
    }

    private static void addStretches(
            double[] features, int first, int rows, int[] ends, double factor) {
        int from = 0;
        for (int i = 0; i < ends.length; i++) {
            features[first + i] += factor * Math.clamp((long) rows - from, 0, ends[i] - from);
            from = ends[i];
        }
    }
}
