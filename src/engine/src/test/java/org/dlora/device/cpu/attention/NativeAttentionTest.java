package org.dlora.device.cpu.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvLayout;
import org.dlora.device.RaggedBatch;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.device.cpu.NeedsKernels;
import org.dlora.device.cpu.NeedsNativeKernels;
import org.dlora.device.cpu.memory.Bfloat16;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The C kernels round queries, keys, values and the weights of the softmax to bfloat16. Where the
 * first three already are, an average of values of size 1 is off by twice the rounding of a weight
 * at most.
 */
@NeedsKernels(KernelFamily.AVX512_BF16)
@ExtendWith(NeedsNativeKernels.class)
class NativeAttentionTest {
    /** Largest relative error of rounding to bfloat16, which has 8 significant bits. */
    private static final double WEIGHT_ROUNDING = 0x1p-8;

    CpuDevice.Native kernels() {
        return CpuDevice.Native.AVX512_BF16;
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 64, 1, 0, 0",
        "9, 3, 64, 200, 0, 0",
        "9, 3, 64, 65, 17, 0",
        "8, 8, 80, 70, 0, 0",
        "20, 1, 33, 140, 64, 0",
        "70, 2, 8, 40, 0, 0",
        "140, 2, 8, 20, 0, 0",
        "4, 2, 512, 40, 0, 0",
        "2, 1, 514, 40, 0, 0",
        "3, 1, 1, 150, 100, 0",
        "9, 3, 64, 300, 0, 0.25",
        "6, 2, 48, 300, 130, 0.25"
    })
    void isTheAverageWithRoundedWeights(
            int heads, int kvHeads, int headDim, int rows, int window, float growth) {
        var shape =
                new AttentionShape(heads, kvHeads, headDim, 1 / (float) Math.sqrt(headDim), window);
        float[][] qkv =
                rounded(growing(new Numbers(rows).rows(rows, shape.qkvWidth()), shape, growth));
        float[][] actual = attend(shape, qkv);
        for (int row = 0; row < rows; row++) {
            int first = window == 0 ? 0 : Math.max(0, row - window + 1);
            for (int head = 0; head < heads; head++) {
                int kv = heads + head / (heads / kvHeads);
                double[] weights = weights(shape, qkv, row, head, kv, first);
                for (int d = 0; d < headDim; d++) {
                    double average = 0;
                    for (int p = first; p <= row; p++) {
                        average += weights[p] * qkv[p][(kv + kvHeads) * headDim + d];
                    }
                    assertThat((double) actual[row][head * headDim + d])
                            .as("row %d, head %d, element %d", row, head, d)
                            .isCloseTo(average, within(2 * WEIGHT_ROUNDING + 1e-5));
                }
            }
        }
    }

    private static double[] weights(
            AttentionShape shape, float[][] qkv, int row, int head, int kv, int first) {
        var weights = new double[row + 1];
        double total = 0;
        double largest = Double.NEGATIVE_INFINITY;
        for (int p = first; p <= row; p++) {
            double score = 0;
            for (int d = 0; d < shape.headDim(); d++) {
                score +=
                        (double) qkv[row][head * shape.headDim() + d]
                                * qkv[p][kv * shape.headDim() + d];
            }
            weights[p] = score * shape.scale();
            largest = Math.max(largest, weights[p]);
        }
        for (int p = first; p <= row; p++) {
            weights[p] = Math.exp(weights[p] - largest);
            total += weights[p];
        }
        for (int p = first; p <= row; p++) {
            weights[p] /= total;
        }
        return weights;
    }

    /** Lets keys grow along the sequence, so that the largest score changes again and again. */
    private static float[][] growing(float[][] rows, AttentionShape shape, float growth) {
        int keys = shape.outWidth();
        for (int row = 0; row < rows.length; row++) {
            for (int i = keys; i < keys + shape.kvHeads() * shape.headDim(); i++) {
                rows[row][i] *= 1 + growth * row;
            }
        }
        return rows;
    }

    private static float[][] rounded(float[][] rows) {
        for (float[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                row[i] = Bfloat16.widen(Bfloat16.round(row[i]));
            }
        }
        return rows;
    }

    private float[][] attend(AttentionShape shape, float[][] rows) {
        try (var session = new Session(new CpuDevice(kernels()), 2)) {
            int blocks = KvLayout.blocksFor(rows.length);
            var layout = new KvLayout(1, shape.kvHeads(), shape.headDim(), blocks, DType.BF16);
            var cache = session.kvCache(layout);
            int[] table = IntStream.range(0, blocks).map(i -> blocks - 1 - i).toArray();
            var chunk = new RaggedBatch.Chunk(0, rows.length, 0, table);
            int[] positions = IntStream.range(0, rows.length).toArray();
            var batch = new RaggedBatch(new int[rows.length], positions, List.of(chunk));
            var qkv = session.upload(rows, shape.qkvWidth());
            var out = session.buffer(rows.length, shape.outWidth());
            session.writeKv(qkv, batch, shape, cache, 0);
            session.attention(qkv, batch, shape, cache, 0, out);
            return session.download(out);
        }
    }
}
