package org.dlora.device;

/** A use of rows of a buffer on the host; see {@link Operations#forEachRow}. */
@FunctionalInterface
public interface RowUse {
    /**
     * Takes one row.
     *
     * @param index of the row among the rows asked for
     * @param values of the row, valid during the call
     */
    void accept(int index, float[] values);
}
