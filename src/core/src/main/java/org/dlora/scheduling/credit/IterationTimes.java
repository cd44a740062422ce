package org.dlora.scheduling.credit;

/**
 * The predicted times of the iterations by which {@link CreditPolicy} judges a period, summed.
 *
 * @param merged seconds with merged weights
 * @param unmerged seconds without merged weights
 * @param change seconds of a merge or unmerge
 * @param count number of iterations
 */
public record IterationTimes(double merged, double unmerged, double change, int count) {
    static final IterationTimes NONE = new IterationTimes(0, 0, 0, 0);

    public IterationTimes plus(IterationTimes other) {
        return new IterationTimes(
                merged + other.merged,
                unmerged + other.unmerged,
                change + other.change,
                count + other.count);
    }

    /** Returns the mean times of an iteration; there is at least one. */
    public IterationTimes mean() {
        return new IterationTimes(merged / count, unmerged / count, change / count, 1);
    }
}
