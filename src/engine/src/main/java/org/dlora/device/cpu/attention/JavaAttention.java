package org.dlora.device.cpu.attention;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.dlora.device.KvLayout;
import org.dlora.device.RaggedBatch.Chunk;
import org.dlora.device.cpu.kernels.Exp;
import org.dlora.device.cpu.kernels.Kernels;
import org.dlora.device.cpu.kernels.PartialSums;
import org.dlora.device.cpu.memory.CpuActivations;
import org.dlora.device.cpu.memory.CpuKvCache;
import org.dlora.device.cpu.memory.Scratch;
import org.dlora.tensor.DType;

/**
 * {@link AttentionKernels} in Java, for every dtype of the cache; it computes in float32. Scores go
 * through the online softmax of Milakov &amp; Gimelshein (2018), one KV block at a time.
 *
 * <p>A KV block begins at a multiple of its size, wherever the chunk of a query begins. The sums of
 * a query run over its own positions only. So the result of a query has the same bits whatever
 * queries are computed beside it.
 *
 * <p>Queries (row, head) go through a block in tiles of four that share the loads of K and V. The
 * last tile is filled up with copies of the last query, whose results are thrown away.
 */
public final class JavaAttention implements AttentionKernels {
    private static final int BLOCK = KvLayout.BLOCK_TOKENS;
    private static final int TILE = 4;

    private final Kernels kernels;

    public JavaAttention(Kernels kernels) {
        this.kernels = kernels;
    }

    @Override
    public void attend(Job job, int from, int to, Scratch scratch) {
        for (int unit = from; unit < to; unit++) {
            attend(job, unit, scratch);
        }
    }

    private void attend(Job job, int unit, Scratch scratch) {
        var units = job.units();
        Chunk chunk = job.chunks().get(units.chunk(unit));
        int firstRow = units.firstRow(unit);
        int rows = units.rows(unit);
        int kvHead = units.kvHead(unit);
        int last = (chunk.firstPosition() + firstRow + rows - 1) / BLOCK;
        for (int head = kvHead; head < kvHead + units.kvHeads(); head++) {
            var queries = new Queries(job, chunk, firstRow, rows, head, scratch);
            for (int block = queries.from[0] / BLOCK; block <= last; block++) {
                queries.block(chunk.blockTable()[block], block * BLOCK);
            }
            queries.finish();
        }
    }

    /** The state of the online softmax of some queries. */
    private final class Queries {
        private final Job job;
        private final int count;
        private final int padded;
        private final int kvHead;
        private final int headDim;

        /** Positions {@code from[i] .. to[i]} that query i sees. */
        private final int[] from;

        private final int[] to;
        private final long[] query;
        private final long[] result;
        private final float[] max;
        private final float[] correction;

        private final MemorySegment memory;

        /**
         * Byte offsets in memory: scores or their exponentials [padded][16], sums of them likewise,
         * weighted values [padded][headDim], a widened tile.
         */
        private final long scores = 0;

        private final long sums;
        private final long weighted;
        private final long widened;

        Queries(Job job, Chunk chunk, int firstRow, int rows, int kvHead, Scratch scratch) {
            this.job = job;
            this.kvHead = kvHead;
            headDim = job.shape().headDim();
            int group = job.group();
            int window = job.shape().window();
            CpuActivations qkv = job.qkv();
            CpuActivations out = job.out();
            count = rows * group;
            padded = Math.ceilDiv(count, TILE) * TILE;
            from = new int[padded];
            to = new int[padded];
            query = new long[padded];
            result = new long[padded];
            max = new float[padded];
            correction = new float[padded];
            Arrays.fill(max, Float.NEGATIVE_INFINITY);
            for (int i = 0; i < padded; i++) {
                int real = Math.min(i, count - 1);
                int row = firstRow + real / group;
                int head = kvHead * group + real % group;
                to[i] = chunk.firstPosition() + row + 1;
                from[i] = window > 0 ? Math.max(0, to[i] - window) : 0;
                query[i] = qkv.offset(chunk.firstRow() + row) + 4L * head * headDim;
                result[i] = out.offset(chunk.firstRow() + row) + 4L * head * headDim;
            }
            sums = 4L * BLOCK * padded;
            weighted = 2 * sums;
            widened = weighted + 4L * headDim * padded;
            memory = scratch.atLeast(widened + 8L * BLOCK * headDim);
            memory.asSlice(scores, widened).fill((byte) 0);
        }

        void block(int block, int position) {
            CpuKvCache cache = job.cache();
            MemorySegment tile = cache.segment();
            long k = cache.keys(job.layer(), block, kvHead);
            long v = cache.values(job.layer(), block, kvHead);
            if (cache.layout().dtype() == DType.BF16) {
                WidenedTile.widen(cache, job.layer(), block, kvHead, kernels, memory, widened);
                tile = memory;
                k = widened;
                v = widened + 4L * BLOCK * headDim;
            }
            for (int i = 0; i < padded; i += TILE) {
                if (from[i] < position + BLOCK && to[i + TILE - 1] > position) {
                    tile(i, position, tile, k, v);
                }
            }
        }

        private void tile(int first, int position, MemorySegment kv, long k, long v) {
            long tileScores = scores + 4L * BLOCK * first;
            kernels.scores(
                    job.qkv().segment(),
                    query[first],
                    query[first + 1],
                    query[first + 2],
                    query[first + 3],
                    headDim,
                    job.shape().scale(),
                    kv,
                    k,
                    memory,
                    tileScores);
            int end = Math.min(first + TILE, count);
            for (int i = first; i < end; i++) {
                if (low(i, position) < high(i, position)) {
                    softmax(i, low(i, position), high(i, position));
                }
            }
            int low = low(first, position);
            int high = high(first, position);
            if (low == low(first + TILE - 1, position)
                    && high == high(first + TILE - 1, position)) {
                long tileOut = weighted + 4L * headDim * first;
                kernels.weighted4(
                        memory,
                        tileScores,
                        low,
                        high,
                        kv,
                        v,
                        headDim,
                        correction,
                        first,
                        memory,
                        tileOut);
                return;
            }
            for (int i = first; i < end; i++) {
                if (low(i, position) < high(i, position)) {
                    kernels.weighted(
                            memory,
                            scores + 4L * BLOCK * i,
                            low(i, position),
                            high(i, position),
                            kv,
                            v,
                            headDim,
                            correction[i],
                            memory,
                            weighted + 4L * headDim * i);
                }
            }
        }

        /** First of the block's 16 slots that query i sees. */
        private int low(int i, int position) {
            return Math.max(from[i] - position, 0);
        }

        private int high(int i, int position) {
            return Math.min(to[i] - position, BLOCK);
        }

        private void softmax(int i, int low, int high) {
            long own = scores + 4L * BLOCK * i;
            for (int j = 0; j < low; j++) {
                memory.set(JAVA_FLOAT, own + 4L * j, Float.NEGATIVE_INFINITY);
            }
            for (int j = high; j < BLOCK; j++) {
                memory.set(JAVA_FLOAT, own + 4L * j, Float.NEGATIVE_INFINITY);
            }
            float largest = kernels.max(memory, own, max[i]);
            correction[i] = Exp.exp(max[i] - largest);
            max[i] = largest;
            kernels.exponentials(
                    memory, own, largest, correction[i], memory, sums + 4L * BLOCK * i);
        }

        void finish() {
            var partial = new float[BLOCK];
            for (int i = 0; i < count; i++) {
                MemorySegment.copy(memory, JAVA_FLOAT, sums + 4L * BLOCK * i, partial, 0, BLOCK);
                kernels.divide(
                        memory,
                        weighted + 4L * headDim * i,
                        PartialSums.total(partial),
                        job.out().segment(),
                        result[i],
                        headDim);
            }
        }
    }
}
