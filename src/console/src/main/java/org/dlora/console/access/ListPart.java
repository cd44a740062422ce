package org.dlora.console.access;

import java.util.List;

/**
 * A part of a list, of which a page shows {@value #SIZE} rows.
 *
 * @param from index of the first row
 * @param total rows of the whole list
 */
record ListPart<T>(List<T> rows, int from, int total) {
    private static final int SIZE = 100;

    /** Returns the part from a row on; the first one if there is no such row. */
    static <T> ListPart<T> of(List<T> all, int from) {
        int begin = from > 0 && from < all.size() ? from : 0;
        return new ListPart<>(
                all.subList(begin, Math.min(all.size(), begin + SIZE)), begin, all.size());
    }

    public int first() {
        return total == 0 ? 0 : from + 1;
    }

    public int last() {
        return from + rows.size();
    }

    public boolean hasBefore() {
        return from > 0;
    }

    public boolean hasAfter() {
        return last() < total;
    }

    public int before() {
        return Math.max(0, from - SIZE);
    }
}
