package org.dlora.cluster.residency;

/**
 * Loads of one adapter from one source.
 *
 * @param loads number of them
 * @param bytes of all together
 * @param seconds of all together
 */
public record LoadTotals(long loads, long bytes, double seconds) {
    static final LoadTotals NONE = new LoadTotals(0, 0, 0);

    /** Returns the totals of both. */
    LoadTotals plus(LoadTotals other) {
        return new LoadTotals(loads + other.loads, bytes + other.bytes, seconds + other.seconds);
    }

    /** Returns the totals with one more load. */
    LoadTotals plus(long more, double took) {
        return new LoadTotals(loads + 1, bytes + more, seconds + took);
    }
}
