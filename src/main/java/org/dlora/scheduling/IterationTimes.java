package org.dlora.scheduling;

/**
 * Predicted times of iterations that {@link CreditPolicy} judges a period by, summed.
 *
 * @param merged seconds with merged weights
 * @param unmerged seconds without
 * @param change seconds of a merge or unmerge
 * @param count iterations
 */
public record IterationTimes(double merged, double unmerged, double change, int count) {
    static final IterationTimes NONE = new IterationTimes(0, 0, 0, 0);

    IterationTimes plus(IterationTimes other) {
        return new IterationTimes(
                merged + other.merged,
                unmerged + other.unmerged,
                change + other.change,
                count + other.count);
    }

    /** Times of one iteration on the average; there is one. */
    IterationTimes mean() {
        return new IterationTimes(merged / count, unmerged / count, change / count, 1);
    }
}
