package org.dlora.engine.sampling;

import java.util.Arrays;
import org.dlora.device.TopK;

/**
 * The cuts of a distribution: top-k, nucleus (top-p, Holtzman et al. 2020) and min-p, as
 * transformers' logits warpers do them. Of each array the first {@code size} values count.
 */
final class Truncation {
    private Truncation() {}

    /** Sets scores below the {@code k}-th largest to -∞; ties with it stay. */
    static void topK(double[] scores, int size, int k) {
        if (k <= 0 || k >= size) {
            return;
        }
        int[] top = TopK.largest(i -> scores[i], size, k);
        double smallest = scores[top[k - 1]];
        for (int i = 0; i < size; i++) {
            if (scores[i] < smallest) {
                scores[i] = Double.NEGATIVE_INFINITY;
            }
        }
    }

    /**
     * Keeps the likeliest tokens until they sum up to {@code topP}, at least one; the lower id
     * first among equals.
     *
     * @param total of the probabilities, with those behind {@code size}, which are 0
     */
    static void topP(double[] probabilities, int size, int total, double topP) {
        if (topP >= 1) {
            return;
        }
        double[] nucleus = candidates(probabilities, size, total, topP);
        int kept = 0;
        for (double sum = 0; kept < nucleus.length && (kept == 0 || sum < topP); kept++) {
            sum += nucleus[nucleus.length - 1 - kept];
        }
        double smallest = nucleus[nucleus.length - kept];
        int equals = 0;
        for (int i = nucleus.length - kept; i < nucleus.length && nucleus[i] == smallest; i++) {
            equals++;
        }
        for (int i = 0; i < size; i++) {
            if (probabilities[i] < smallest || (probabilities[i] == smallest && equals-- <= 0)) {
                probabilities[i] = 0;
            }
        }
    }

    /** Drops probabilities below {@code minP} times the largest. */
    static void minP(double[] probabilities, int size, double minP) {
        if (minP <= 0) {
            return;
        }
        double smallest = minP * Arrays.stream(probabilities, 0, size).max().orElse(0);
        for (int i = 0; i < size; i++) {
            if (probabilities[i] < smallest) {
                probabilities[i] = 0;
            }
        }
    }

    /**
     * The probabilities that can be in the nucleus, ascending. All those below {@code (1 - topP) /
     * total} sum up to less than {@code 1 - topP}, so none of them is; what remains to be sorted is
     * short.
     */
    private static double[] candidates(double[] probabilities, int size, int total, double topP) {
        double bound = (1 - topP) / total;
        double[] nucleus = Arrays.stream(probabilities, 0, size).filter(p -> p >= bound).toArray();
        Arrays.sort(nucleus);
        return nucleus;
    }
}
