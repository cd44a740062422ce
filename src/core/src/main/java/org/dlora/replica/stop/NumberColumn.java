package org.dlora.replica.stop;

/** Column of numbers from 0 to a bound. A number takes two bytes if the bound allows that. */
final class NumberColumn {
    private final char[] narrow;
    private final int[] wide;

    /**
     * @param size numbers, all 0 at first
     * @param most largest number that the column can hold
     */
    NumberColumn(int size, int most) {
        boolean isNarrow = most <= Character.MAX_VALUE;
        narrow = new char[isNarrow ? size : 0];
        wide = new int[isNarrow ? 0 : size];
    }

    int get(int index) {
        return wide.length == 0 ? narrow[index] : wide[index];
    }

    void set(int index, int number) {
        if (wide.length == 0) {
            narrow[index] = (char) number;
        } else {
            wide[index] = number;
        }
    }

    /** Returns the number of bytes that the numbers take. */
    long bytes() {
        return (long) Character.BYTES * narrow.length + (long) Integer.BYTES * wide.length;
    }
}
