package org.dlora.device.cpu.rows;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvLayout;
import org.dlora.device.RaggedBatch;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.device.cpu.NeedsNativeKernels;
import org.dlora.device.cpu.memory.CpuKvCache;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.cpu.natives.NativeLibrary;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;

/** The row-wise operations in C and in Java give the same bits. */
@AddLifecycleHook(NeedsNativeKernels.class)
class NativeRowsTest {
    private static final int FIRST = 5;

    @Property(tries = 100)
    void theBitsAreThoseOfTheJavaKernels(
            @ForAll @IntRange(min = 1, max = 70) int rows,
            @ForAll @IntRange(min = 1, max = 200) int width,
            @ForAll @IntRange(min = 1, max = 3) int kvHeads,
            @ForAll @IntRange(min = 1, max = 45) int headDim) {
        float[][] expected = results(new CpuDevice(), rows, width, kvHeads, headDim);
        for (var family : families()) {
            float[][] actual = results(new CpuDevice(family), rows, width, kvHeads, headDim);
            assertThat(actual).hasNumberOfRows(expected.length);
            for (int i = 0; i < expected.length; i++) {
                assertThat(Arrays.equals(actual[i], expected[i]))
                        .as("%s, result %d", family, i)
                        .isTrue();
            }
        }
    }

    /** Returns families with and without the kernel that rounds keys and values. */
    private static List<KernelFamily> families() {
        var here = requireNonNull(NativeLibrary.attempt().library()).families();
        return Stream.of(KernelFamily.AVX512, KernelFamily.AVX512_BF16)
                .filter(here::contains)
                .toList();
    }

    private static float[][] results(
            CpuDevice device, int rows, int width, int kvHeads, int headDim) {
        var results = new ArrayList<float[]>();
        var numbers = new Numbers(width);
        try (var session = new Session(device, 2)) {
            var o = session.operations;
            var x = session.upload(numbers.rows(rows, width), width);
            var residual = session.upload(numbers.rows(rows, width), width);
            var weight = session.vector(numbers.vector(width));
            var out = session.buffer(rows, width);
            o.rmsNorm(x, rows, weight, 1e-5f, out);
            results.addAll(List.of(session.download(out)));
            o.addRmsNorm(x, residual, rows, weight, 1e-5f, out);
            results.addAll(List.of(session.download(residual)));
            results.addAll(List.of(session.download(out)));
            float[][] gates = numbers.rows(rows, 2 * width);
            for (int i = 0; i < width; i++) {
                gates[0][i] = i % 5 * 60 - 120;
            }
            o.siluMul(session.upload(gates, 2 * width), rows, out);
            results.addAll(List.of(session.download(out)));

            var shape = new AttentionShape(2 * kvHeads, kvHeads, headDim, 1, 0);
            var qkv = session.upload(numbers.rows(rows, shape.qkvWidth()), shape.qkvWidth());
            var headNorm = session.vector(numbers.vector(headDim));
            o.headNorm(qkv, rows, headDim, kvHeads, headDim, headNorm, 1e-6f);
            results.addAll(List.of(session.download(qkv)));
            var batch = batch(rows);
            if (headDim % 2 == 0) {
                var angles = session.vector(numbers.vector((FIRST + rows) * headDim / 2));
                session.rope(qkv, batch, shape, angles, angles);
                results.addAll(List.of(session.download(qkv)));
            }
            int blocks = KvLayout.blocksFor(FIRST + rows);
            var layout = new KvLayout(1, kvHeads, headDim, blocks, DType.BF16);
            var cache = (CpuKvCache) session.kvCache(layout);
            session.writeKv(qkv, batch, shape, cache, 0);
            results.add(stored(cache));
        }
        return results.toArray(float[][]::new);
    }

    private static float[] stored(CpuKvCache cache) {
        long bytes = cache.layout().bytesPerBlock() * cache.layout().blocks();
        var stored = new float[(int) bytes];
        for (int i = 0; i < stored.length; i++) {
            stored[i] = cache.segment().get(JAVA_BYTE, i);
        }
        return stored;
    }

    private static RaggedBatch batch(int rows) {
        int[] table =
                IntStream.iterate(KvLayout.blocksFor(FIRST + rows) - 1, i -> i >= 0, i -> i - 1)
                        .toArray();
        int[] positions = IntStream.range(FIRST, FIRST + rows).toArray();
        var chunk = new RaggedBatch.Chunk(0, rows, FIRST, table);
        return new RaggedBatch(new int[rows], positions, List.of(chunk));
    }
}
