package org.dlora.device;

import java.util.ArrayList;
import java.util.List;

/**
 * Token rows of one step: chunks of several sequences laid end to end, prefill chunks and decode
 * rows alike.
 *
 * @param tokens token id of each row, {@code [T]}
 * @param positions absolute position of each row in its sequence, {@code [T]}
 * @param chunks cover the rows {@code 0..T-1} in order, without gaps
 */
public record RaggedBatch(int[] tokens, int[] positions, List<Chunk> chunks) {

    /**
     * A chunk: rows at consecutive positions of one sequence.
     *
     * @param firstRow its first row in the batch
     * @param rows number of rows, at least 1
     * @param firstPosition absolute position of the first row; all earlier positions are in the
     *     cache already
     * @param blockTable cache blocks of the sequence: position p lies in block {@code blockTable[p
     *     / 16]} at slot {@code p % 16}; covers at least {@code firstPosition + rows} positions,
     *     and may be longer than that
     */
    public record Chunk(int firstRow, int rows, int firstPosition, int[] blockTable) {
        private int end() {
            return firstRow + rows;
        }
    }

    public RaggedBatch {
        chunks = List.copyOf(chunks);
    }

    /**
     * Returns some of the rows. Neighbours of one chunk stay a chunk.
     *
     * @param indices of the rows, in any order
     */
    public RaggedBatch gathered(int[] indices) {
        int[] someTokens = new int[indices.length];
        int[] somePositions = new int[indices.length];
        var some = new ArrayList<Chunk>();
        int at = 0;
        int first = 0;
        for (int i = 0; i < indices.length; i++) {
            int row = indices[i];
            if (row < chunks.get(at).firstRow) {
                at = 0;
            }
            while (chunks.get(at).end() <= row) {
                at++;
            }
            someTokens[i] = tokens[row];
            somePositions[i] = positions[row];
            boolean isLast =
                    i + 1 == indices.length
                            || indices[i + 1] != row + 1
                            || row + 1 == chunks.get(at).end();
            if (isLast) {
                int[] blocks = chunks.get(at).blockTable;
                some.add(new Chunk(first, i + 1 - first, somePositions[first], blocks));
                first = i + 1;
            }
        }
        return new RaggedBatch(someTokens, somePositions, some);
    }

    /** Returns {@code T}. */
    public int rows() {
        return tokens.length;
    }
}
