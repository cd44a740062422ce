package org.dlora.constraint;

/** Count of the work on one mask, within a bound: other sequences wait for it. For one thread. */
final class MaskWork {
    private final long max;
    private long total;

    MaskWork(long max) {
        this.max = max;
    }

    /**
     * Counts visited nodes of a trie.
     *
     * @throws ArithmeticException if they are too many together
     */
    void add(long nodes) {
        total += nodes;
        if (total > max) {
            throw new ArithmeticException(
                    "The constraint can read the text in too many ways that differ, so the next token would take others' time. Use fewer alternatives that begin alike.");
        }
    }

    long total() {
        return total;
    }
}
