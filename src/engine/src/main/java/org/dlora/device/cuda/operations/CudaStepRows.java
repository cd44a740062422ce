package org.dlora.device.cuda.operations;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.dlora.device.KvLayout.BLOCK_TOKENS;
import static org.dlora.device.arguments.Arguments.check;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.dlora.device.KvLayout;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RaggedBatch.Chunk;
import org.dlora.device.arguments.Arguments;
import org.dlora.device.cuda.driver.Stream;
import org.dlora.device.cuda.kernels.CudaAttentionKernels;
import org.dlora.device.cuda.kernels.CudaAttentionKernels.SingleRows;

/**
 * The rows of a step on the GPU, copied once for all layers: tokens, positions, cache slots, and
 * the rows by the kernel that attends them. A chunk of few rows is attended row by row; a longer
 * one in tiles where the cache and the heads allow it. Single rows of short chunks come first, so
 * both cases have one list.
 */
final class CudaStepRows implements AutoCloseable {
    /** Rows from which a chunk is worth a tile. */
    private static final int TILED_ROWS = 8;

    private static final int TILE_INTS = 4;

    /** A slot of the cache that nothing is written to. */
    private static final int NO_SLOT = -1;

    private final StepUpload upload;
    private final RowPadding padding;
    private RaggedBatch batch = new RaggedBatch(new int[0], new int[0], List.of());
    private int[] logitRowNumbers = new int[0];
    private String problem = "";
    private int largestBlock;
    private int smallestBlock;
    private int shortRows;
    private int shortContext;
    private int allRows;
    private int allContext;
    private int tileCount;
    private long tokens;
    private long positions;
    private long slots;
    private long logitRows;
    private long tiles;
    private SingleRows singles = new SingleRows(0, 0, 0, 0);

    CudaStepRows(RowPadding padding, Stream stream) {
        this.padding = padding;
        upload = new StepUpload(stream);
    }

    /** Returns whether all rows of a batch are attended row by row, and are few. */
    static boolean isDecode(RaggedBatch batch) {
        return batch.rows() <= RowPadding.MOST_ROWS
                && batch.chunks().stream().allMatch(chunk -> rowsOfTiles(chunk) == 0);
    }

    /** Takes the rows of the next step, and copies what describes them. */
    void begin(RaggedBatch next, int[] logits) {
        batch = next;
        logitRowNumbers = logits;
        problem = problem(next);
        var chunks = problem.isEmpty() ? next.chunks() : List.<Chunk>of();
        int rows = padding.of(next.rows());
        int blockCount = chunks.stream().mapToInt(CudaStepRows::blocks).sum();
        tileCount =
                chunks.stream()
                        .mapToInt(CudaStepRows::rowsOfTiles)
                        .map(count -> Math.ceilDiv(count, CudaAttentionKernels.TILE_ROWS))
                        .sum();
        // Structures of tiles begin at a multiple of their size.
        int firstTile = Math.ceilDiv(6 * rows + padding.of(logits.length), TILE_INTS) * TILE_INTS;
        int firstBlock = firstTile + TILE_INTS * tileCount;
        var data = upload.next(4L * (firstBlock + blockCount));
        put(data, next.tokens(), 0, rows);
        put(data, next.positions(), rows, rows);
        put(data, logits, 6 * rows, padding.of(logits.length));
        new Description(data, rows, firstTile, firstBlock).write(chunks);
        long at = upload.copy(data);
        tokens = at;
        positions = at + 4L * rows;
        slots = at + 8L * rows;
        singles =
                new SingleRows(
                        at + 12L * rows, at + 16L * rows, at + 20L * rows, at + 4L * firstBlock);
        logitRows = at + 24L * rows;
        tiles = at + 4L * firstTile;
    }

    /** Writes values, and zeros up to {@code count}. */
    private static void put(MemorySegment data, int[] values, int at, int count) {
        MemorySegment.copy(values, 0, data, JAVA_INT, 4L * at, values.length);
        for (int i = values.length; i < count; i++) {
            data.setAtIndex(JAVA_INT, at + i, 0);
        }
    }

    private static int blocks(Chunk chunk) {
        return KvLayout.blocksFor(chunk.firstPosition() + chunk.rows());
    }

    private static int rowsOfTiles(Chunk chunk) {
        return chunk.rows() < TILED_ROWS ? 0 : chunk.rows();
    }

    /** Returns why the chunks are not those of the rows; empty if they are. */
    private static String problem(RaggedBatch batch) {
        int next = 0;
        for (Chunk chunk : batch.chunks()) {
            if (chunk.firstRow() != next || chunk.rows() <= 0) {
                return "a chunk has %d rows from row %d on: expected at least one, from row %d on"
                        .formatted(chunk.rows(), chunk.firstRow(), next);
            }
            if (chunk.firstPosition() < 0 || chunk.blockTable().length < blocks(chunk)) {
                return "a chunk of %d rows from position %d on has %d blocks: expected at least %d"
                        .formatted(
                                chunk.rows(),
                                chunk.firstPosition(),
                                chunk.blockTable().length,
                                blocks(chunk));
            }
            next += chunk.rows();
        }
        return next == batch.rows()
                ? ""
                : "the chunks cover %d rows of %d".formatted(next, batch.rows());
    }

    /** The part of the data that chunks describe. */
    private final class Description {
        private final MemorySegment data;
        private final int rows;
        private int single;
        private int tile;
        private final int firstBlock;
        private int block;

        Description(MemorySegment data, int rows, int firstTile, int firstBlock) {
            this.data = data;
            this.rows = rows;
            this.tile = firstTile;
            this.firstBlock = firstBlock;
        }

        void write(List<Chunk> chunks) {
            largestBlock = -1;
            smallestBlock = 0;
            var tables = new int[chunks.size()];
            for (int i = 0; i < tables.length; i++) {
                tables[i] = block;
                blocks(chunks.get(i));
            }
            shortContext = 0;
            for (int i = 0; i < tables.length; i++) {
                if (rowsOfTiles(chunks.get(i)) == 0) {
                    shortContext = Math.max(shortContext, rows(chunks.get(i), tables[i]));
                }
            }
            shortRows = single;
            allContext = shortContext;
            for (int i = 0; i < tables.length; i++) {
                if (rowsOfTiles(chunks.get(i)) > 0) {
                    allContext = Math.max(allContext, rows(chunks.get(i), tables[i]));
                    tiles(chunks.get(i), tables[i]);
                }
            }
            allRows = single;
            // Rows beyond the step's, which see nothing.
            for (int row = single; row < rows; row++) {
                single(row, NO_SLOT, -1, 0);
            }
        }

        private void set(int at, int value) {
            data.setAtIndex(JAVA_INT, at, value);
        }

        private void blocks(Chunk chunk) {
            for (int i = 0; i < CudaStepRows.blocks(chunk); i++) {
                int number = chunk.blockTable()[i];
                largestBlock = Math.max(largestBlock, number);
                smallestBlock = Math.min(smallestBlock, number);
                set(firstBlock + block++, number);
            }
        }

        /** Returns the positions that the last row sees. */
        private int rows(Chunk chunk, int table) {
            for (int i = 0; i < chunk.rows(); i++) {
                int row = chunk.firstRow() + i;
                int position = chunk.firstPosition() + i;
                int number = chunk.blockTable()[position / BLOCK_TOKENS];
                single(row, number * BLOCK_TOKENS + position % BLOCK_TOKENS, position, table);
            }
            return chunk.firstPosition() + chunk.rows();
        }

        private void single(int row, int slot, int position, int table) {
            set(2 * rows + row, slot);
            set(3 * rows + single, row);
            set(4 * rows + single, position);
            set(5 * rows + single, table);
            single++;
        }

        private void tiles(Chunk chunk, int table) {
            for (int row = 0; row < chunk.rows(); row += CudaAttentionKernels.TILE_ROWS) {
                set(tile, chunk.firstRow() + row);
                set(tile + 1, Math.min(CudaAttentionKernels.TILE_ROWS, chunk.rows() - row));
                set(tile + 2, chunk.firstPosition() + row);
                set(tile + 3, table);
                tile += TILE_INTS;
            }
        }
    }

    int count() {
        return batch.rows();
    }

    /** Returns the tokens of all rows, on the host. */
    int[] tokenNumbers() {
        return batch.tokens();
    }

    void checkTokens(int vocabulary) {
        Arguments.indices("token", batch.tokens(), vocabulary);
    }

    void checkLogitRows(int rows) {
        Arguments.indices("row", logitRowNumbers, rows);
    }

    void checkPositions(int count) {
        int largest = Arrays.stream(batch.positions()).max().orElse(0);
        check(
                batch.rows() == 0 || largest < count,
                () -> "rotary position %d: there are %d".formatted(largest, count));
    }

    /** Checks that chunks cover the rows, and that a cache has all of their blocks. */
    void checkBlocks(int count) {
        check(problem.isEmpty(), () -> problem);
        if (largestBlock >= 0) {
            Arguments.index("cache block", smallestBlock, count);
            Arguments.index("cache block", largestBlock, count);
        }
    }

    int logitRowCount() {
        return logitRowNumbers.length;
    }

    long tokens() {
        return tokens;
    }

    long positions() {
        return positions;
    }

    long slots() {
        return slots;
    }

    long logitRows() {
        return logitRows;
    }

    SingleRows singles() {
        return singles;
    }

    /**
     * Returns how many rows are attended one by one.
     *
     * @param areTiled whether longer chunks have tiles
     */
    int singleCount(boolean areTiled) {
        return areTiled ? shortRows : allRows;
    }

    /** Returns the most positions that one of those rows sees. */
    int singleContext(boolean areTiled) {
        return areTiled ? shortContext : allContext;
    }

    long tiles() {
        return tiles;
    }

    int tileCount() {
        return tileCount;
    }

    @Override
    public void close() {
        upload.close();
    }
}
