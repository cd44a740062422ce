package org.dlora.device;

/** Takes rows of a buffer on the host; see {@link Operations#forEachRow}. */
@FunctionalInterface
public interface RowUse {
    /**
     * Takes one row.
     *
     * @param index which of the rows asked for it is
     * @param values the row's, valid during the call
     */
    void accept(int index, float[] values);
}
