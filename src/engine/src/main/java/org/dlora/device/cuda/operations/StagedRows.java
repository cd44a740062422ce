package org.dlora.device.cuda.operations;

import org.dlora.device.WeightUpdate;
import org.dlora.device.cuda.driver.Stream;
import org.dlora.device.cuda.memory.ParkedMatrix;

/**
 * Rows of parked matrices on the GPU, a piece at a time. The pieces follow one another in one
 * buffer; their results have another one.
 */
final class StagedRows implements AutoCloseable {
    /** Bytes of a piece. One slice of very long rows is a piece too. */
    private static final long PIECE_BYTES = 8 << 20;

    private final Stream stream;
    private final CudaScratch pieces;
    private final CudaScratch results;

    StagedRows(Stream stream) {
        this.stream = stream;
        this.pieces = new CudaScratch(stream);
        this.results = new CudaScratch(stream);
    }

    /** Use of a piece: the rows {@code from .. to} of a matrix. */
    @FunctionalInterface
    interface Piece {
        /**
         * Uses the rows.
         *
         * @param address of row {@code from}
         */
        void on(int from, int to, long address);
    }

    /** Brings the rows {@code from .. to} to the GPU, for one use after another. */
    void forEach(ParkedMatrix matrix, int from, int to, Piece use) {
        long slice = WeightUpdate.SLICE_ROWS * matrix.rowBytes();
        int most = Math.toIntExact(Math.max(1, PIECE_BYTES / slice)) * WeightUpdate.SLICE_ROWS;
        for (int row = from; row < to; row += most) {
            int end = Math.min(row + most, to);
            long at = pieces.atLeast((end - row) * matrix.rowBytes());
            stream.upload(matrix.rows(row, end), at);
            use.on(row, end, at);
        }
    }

    /** Returns the address of memory for the results of the rows {@code from .. to}. */
    long results(ParkedMatrix matrix, int from, int to) {
        return results.atLeast((to - from) * matrix.rowBytes());
    }

    /** Does {@code work}, and waits for it even if it fails: it uses memory that may be freed. */
    void finish(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | Error e) {
            try {
                stream.await();
            } catch (RuntimeException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
        stream.await();
    }

    @Override
    public void close() {
        pieces.close();
        results.close();
    }
}
