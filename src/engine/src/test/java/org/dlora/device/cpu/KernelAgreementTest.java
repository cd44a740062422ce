package org.dlora.device.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.dlora.device.Activations;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvLayout;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.RaggedBatch;
import org.dlora.device.cpu.kernels.ScalarKernels;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Tag;

/**
 * The chosen kernels and the scalar ones, with panels of other widths, give the same bits in every
 * operation.
 */
@Tag("kernels")
@net.jqwik.api.Tag("kernels")
class KernelAgreementTest {

    @Property(tries = 100)
    void everyOperationGivesTheSameBits(
            @ForAll @IntRange(min = 1, max = 3) int kvHeads,
            @ForAll @IntRange(min = 1, max = 4) int group,
            @ForAll @IntRange(min = 1, max = 40) int halfHead,
            @ForAll @IntRange(min = 1, max = 120) int hidden,
            @ForAll @IntRange(min = 1, max = 20) int rows,
            @ForAll boolean half) {
        var shape =
                new AttentionShape(kvHeads * group, kvHeads, 2 * halfHead, 0.3f, rows > 10 ? 7 : 0);
        DType dtype = half ? DType.BF16 : DType.F32;
        float[][] expected = layer(new CpuDevice(), shape, hidden, rows, dtype);
        for (int lanes : new int[] {1, 4, 8, 16}) {
            float[][] actual =
                    layer(
                            new CpuDevice(KernelChoice.java(new ScalarKernels(lanes, "the test"))),
                            shape,
                            hidden,
                            rows,
                            dtype);
            assertThat(actual).hasNumberOfRows(expected.length);
            for (int i = 0; i < expected.length; i++) {
                assertThat(Arrays.equals(actual[i], expected[i]))
                        .as("%d lanes, result %d", lanes, i)
                        .isTrue();
            }
        }
    }

    /** Something like a decoder layer; the results of all its steps. */
    static float[][] layer(
            CpuDevice device, AttentionShape shape, int hidden, int rows, DType dtype) {
        var numbers = new Numbers(hidden);
        var results = new ArrayList<float[]>();
        try (var session = new Session(device, 2)) {
            var o = session.operations;
            Activations x = session.upload(numbers.rows(rows, hidden), hidden);
            Activations normed = session.buffer(rows, hidden);
            o.rmsNorm(x, rows, session.vector(numbers.vector(hidden)), 1e-5f, normed);
            results.addAll(List.of(session.download(normed)));

            int width = shape.qkvWidth();
            Activations qkv = session.buffer(rows, width);
            var weight = session.matrix(dtype, numbers.tensor(DType.F32, width, hidden));
            o.linear(weight, Optional.of(session.vector(numbers.vector(width))), normed, rows, qkv);
            var a = session.matrix(dtype, numbers.tensor(DType.F32, 5, hidden));
            var b = session.matrix(dtype, numbers.tensor(DType.F32, width - 1, 5));
            var gain = session.vector(numbers.vector(width - 1));
            var shift = session.vector(numbers.vector(width - 1));
            session.lora(
                    List.of(
                            new LoraGroup(
                                    0,
                                    rows,
                                    List.of(
                                            new LowRank(
                                                    a,
                                                    b,
                                                    1,
                                                    0.7f,
                                                    Optional.of(gain),
                                                    Optional.of(shift))))),
                    normed,
                    qkv);
            results.addAll(List.of(session.download(qkv)));

            int headDim = shape.headDim();
            o.headNorm(
                    qkv,
                    rows,
                    0,
                    shape.heads(),
                    headDim,
                    session.vector(numbers.vector(headDim)),
                    1e-6f);
            int first = 10;
            int[] table = {2, 0, 1};
            var chunk = new RaggedBatch.Chunk(0, rows, first, table);
            var batch =
                    new RaggedBatch(
                            new int[rows],
                            IntStream.range(first, first + rows).toArray(),
                            List.of(chunk));
            var angles = session.vector(numbers.vector((first + rows) * headDim / 2));
            session.rope(qkv, batch, shape, angles, angles);
            results.addAll(List.of(session.download(qkv)));

            var cache = session.kvCache(new KvLayout(1, shape.kvHeads(), headDim, 3, dtype));
            var past = new RaggedBatch.Chunk(0, first, 0, table);
            Activations earlier = session.upload(numbers.rows(first, width), width);
            var pastBatch =
                    new RaggedBatch(
                            new int[first], IntStream.range(0, first).toArray(), List.of(past));
            session.writeKv(earlier, pastBatch, shape, cache, 0);
            session.writeKv(qkv, batch, shape, cache, 0);
            Activations attended = session.buffer(rows, shape.outWidth());
            session.attention(qkv, batch, shape, cache, 0, attended);
            results.addAll(List.of(session.download(attended)));

            Activations residual = session.upload(numbers.rows(rows, hidden), hidden);
            o.addRmsNorm(x, residual, rows, session.vector(numbers.vector(hidden)), 1e-5f, normed);
            results.addAll(List.of(session.download(normed)));
            Activations gates = session.upload(numbers.rows(rows, 2 * hidden), 2 * hidden);
            o.siluMul(gates, rows, normed);
            results.addAll(List.of(session.download(normed)));
        }
        return results.toArray(float[][]::new);
    }
}
