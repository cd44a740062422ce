package org.dlora.device.cuda.kernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/**
 * A term as kernels take it ({@code dlora_term} of {@code kernels/cuda/dlora.cuh}).
 *
 * @param a address of {@code [rank, k]}; 0 if the rank is
 * @param gain address; 0: all ones
 * @param shift address; 0: all zeros
 * @param rank 0: no low rank
 * @param n outputs
 * @param shrunk where A x of the first row begins, in floats
 */
public record TermStructure(
        long a,
        long b,
        long gain,
        long shift,
        int aStride,
        int bStride,
        boolean isABf16,
        boolean isBBf16,
        int rank,
        int n,
        int firstOutput,
        float scale,
        int firstRow,
        int shrunk) {
    /** Size of the structure. */
    public static final int BYTES = 72;

    /** A term that changes nothing: a merge of it is a copy. */
    public static final TermStructure NONE =
            new TermStructure(0, 0, 0, 0, 0, 0, false, false, 0, 0, 0, 0, 0, 0);

    /**
     * Returns the term for a matrix without its first {@code rows} rows, into which it is merged.
     *
     * @param isTable whether the outputs of the term are columns
     */
    TermStructure behind(int rows, boolean isTable) {
        long skipped = isTable ? (long) rows * (isABf16 ? Short.BYTES : Float.BYTES) : 0;
        return new TermStructure(
                a + skipped,
                b,
                gain,
                shift,
                aStride,
                bStride,
                isABf16,
                isBBf16,
                rank,
                n,
                isTable ? firstOutput : firstOutput - rows,
                scale,
                firstRow,
                shrunk);
    }

    /** Writes the structure at byte {@code at}. */
    public void write(MemorySegment to, long at) {
        to.set(JAVA_LONG, at, a);
        to.set(JAVA_LONG, at + 8, b);
        to.set(JAVA_LONG, at + 16, gain);
        to.set(JAVA_LONG, at + 24, shift);
        to.set(JAVA_INT, at + 32, aStride);
        to.set(JAVA_INT, at + 36, bStride);
        to.set(JAVA_INT, at + 40, isABf16 ? 1 : 0);
        to.set(JAVA_INT, at + 44, isBBf16 ? 1 : 0);
        to.set(JAVA_INT, at + 48, rank);
        to.set(JAVA_INT, at + 52, n);
        to.set(JAVA_INT, at + 56, firstOutput);
        to.set(JAVA_FLOAT, at + 60, scale);
        to.set(JAVA_INT, at + 64, firstRow);
        to.set(JAVA_INT, at + 68, shrunk);
    }
}
