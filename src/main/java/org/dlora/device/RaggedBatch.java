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
    public record Chunk(int firstRow, int rows, int firstPosition, int[] blockTable) {}

    public RaggedBatch {
        chunks = List.copyOf(chunks);
    }

    /**
     * Returns some of the rows, each as a chunk of its own.
     *
     * @param indices of the rows, in any order
     */
    public RaggedBatch gathered(int[] indices) {
        int[] someTokens = new int[indices.length];
        int[] somePositions = new int[indices.length];
        var rows = new ArrayList<Chunk>();
        int at = 0;
        for (int i = 0; i < indices.length; i++) {
            int row = indices[i];
            if (row < chunks.get(at).firstRow) {
                at = 0;
            }
            while (chunks.get(at).firstRow + chunks.get(at).rows <= row) {
                at++;
            }
            someTokens[i] = tokens[row];
            somePositions[i] = positions[row];
            rows.add(new Chunk(i, 1, positions[row], chunks.get(at).blockTable));
        }
        return new RaggedBatch(someTokens, somePositions, rows);
    }

    /** Returns {@code T}. */
    public int rows() {
        return tokens.length;
    }
}
