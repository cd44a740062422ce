package org.dlora.device.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvCache;
import org.dlora.device.KvLayout;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RaggedBatch.Chunk;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;

/**
 * Attention by tiles in the shapes of real models. The cache holds NaN wherever the sequence has
 * not written.
 */
@NeedsKernels(KernelFamily.AMX)
@AddLifecycleHook(NeedsNativeKernels.class)
class AmxAttentionTest {

    @Provide
    Arbitrary<Integer> headDims() {
        return Arbitraries.oneOf(
                Arbitraries.of(64, 80, 96, 128, 33, 1), Arbitraries.integers().between(1, 140));
    }

    @Property(tries = 40)
    void theInstructionsAndTheirEmulationGiveTheSameBits(
            @ForAll @IntRange(min = 1, max = 3) int kvHeads,
            @ForAll @IntRange(min = 1, max = 9) int group,
            @ForAll("headDims") int headDim,
            @ForAll @IntRange(max = 100) int window,
            @ForAll @IntRange(max = 200) int past,
            @ForAll @IntRange(min = 1, max = 60) int rows,
            @ForAll long seed) {
        var sequence = new Sequence(kvHeads, group, headDim, window, past + rows, seed);
        assertSameBits(
                sequence.attend(KernelFamily.AMX, List.of(past, rows)),
                sequence.attend(KernelFamily.AMX_EMULATED, List.of(past, rows)));
    }

    @Property(tries = 40)
    void aQueryHasTheSameBitsAloneAndInAnyChunk(
            @ForAll @IntRange(min = 1, max = 3) int kvHeads,
            @ForAll @IntRange(min = 1, max = 9) int group,
            @ForAll("headDims") int headDim,
            @ForAll @IntRange(max = 100) int window,
            @ForAll @IntRange(max = 150) int past,
            @ForAll @IntRange(min = 1, max = 70) int rows,
            @ForAll @IntRange(max = 70) int cut,
            @ForAll long seed) {
        var sequence = new Sequence(kvHeads, group, headDim, window, past + rows, seed);
        float[][] whole = sequence.attend(KernelFamily.AMX, List.of(past + rows));
        int first = Math.min(cut, rows);
        assertSameBits(
                sequence.attend(KernelFamily.AMX, List.of(past, first, rows - first)), whole);
        var oneByOne = new ArrayList<>(Collections.nCopies(rows, 1));
        oneByOne.addFirst(past);
        assertSameBits(sequence.attend(KernelFamily.AMX, oneByOne), whole);
    }

    private static void assertSameBits(float[][] actual, float[][] expected) {
        assertThat(actual).hasNumberOfRows(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat(Arrays.equals(actual[i], expected[i])).as("row %d", i).isTrue();
        }
    }

    /** A sequence of some rows, whose blocks lie in any order. */
    private static final class Sequence {
        private final AttentionShape shape;
        private final float[][] rows;
        private final int[] table;

        Sequence(int kvHeads, int group, int headDim, int window, int length, long seed) {
            float scale = 1 / (float) Math.sqrt(headDim);
            shape = new AttentionShape(kvHeads * group, kvHeads, headDim, scale, window);
            rows = new Numbers(seed).rows(length, shape.qkvWidth());
            letKeysGrow(seed % 2 == 0 ? 0 : 0.25f);
            var blocks =
                    new ArrayList<>(
                            IntStream.range(0, KvLayout.blocksFor(length) + 2).boxed().toList());
            Collections.shuffle(blocks, new Random(seed));
            table = blocks.stream().mapToInt(i -> i).toArray();
        }

        /** Makes later scores larger, so that weights are scaled down again and again. */
        private void letKeysGrow(float growth) {
            int keys = shape.outWidth();
            for (int row = 0; row < rows.length; row++) {
                for (int i = keys; i < keys + shape.kvHeads() * shape.headDim(); i++) {
                    rows[row][i] *= 1 + growth * row;
                }
            }
        }

        /** Returns the attention of all rows, computed in chunks of some rows each. */
        float[][] attend(KernelFamily family, List<Integer> chunks) {
            try (var session = new Session(new CpuDevice(family), 2)) {
                var layout =
                        new KvLayout(1, shape.kvHeads(), shape.headDim(), table.length, DType.BF16);
                var cache = session.kvCache(layout);
                var poison = new float[KvLayout.BLOCK_TOKENS * table.length][shape.qkvWidth()];
                for (float[] row : poison) {
                    Arrays.fill(row, Float.NaN);
                }
                write(session, cache, poison, 0);
                var result = new ArrayList<float[]>();
                for (int count : chunks) {
                    int first = result.size();
                    if (count > 0) {
                        var some = Arrays.copyOfRange(rows, first, first + count);
                        result.addAll(List.of(write(session, cache, some, first)));
                    }
                }
                return result.toArray(float[][]::new);
            }
        }

        private float[][] write(Session session, KvCache cache, float[][] some, int position) {
            int[] positions = IntStream.range(position, position + some.length).toArray();
            var chunk = new Chunk(0, some.length, position, table);
            var batch = new RaggedBatch(new int[some.length], positions, List.of(chunk));
            var qkv = session.upload(some, shape.qkvWidth());
            var out = session.buffer(some.length, shape.outWidth());
            session.writeKv(qkv, batch, shape, cache, 0);
            session.attention(qkv, batch, shape, cache, 0, out);
            return session.download(out);
        }
    }
}
