package org.dlora.device.cpu.attention;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.dlora.device.Activations;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvCache;
import org.dlora.device.KvLayout;
import org.dlora.device.LoraBatch;
import org.dlora.device.RaggedBatch;
import org.dlora.device.Step;
import org.dlora.device.StepEpoch;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Attention of a layer; head dimension 64. The layers of the cache take turns, so that it is read
 * from where a step would read it.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH and the set-up fill the fields.
public class AttentionBenchmark {
    private static final int LAYERS = 30;

    /** Sequences x rows of each + earlier positions of each. */
    @Param({"1x1+200", "16x1+200", "64x1+200", "1x128+0", "1x1+2000", "1x128+2000"})
    String batch;

    @Param({"9/3", "32/8", "16/16"})
    String heads;

    @Param({"F32", "BF16"})
    DType dtype;

    @Param({"AUTO", "OFF"})
    CpuDevice.Native kernels;

    private Session session;
    private AttentionShape shape;
    private KvCache cache;
    private Step step;
    private Activations qkv;
    private Activations out;
    private int layer;

    @Setup
    public void fill() {
        session = new Session(new CpuDevice(kernels), 0);
        int slash = heads.indexOf('/');
        int kvHeads = Integer.parseInt(heads.substring(slash + 1));
        int queryHeads = Integer.parseInt(heads.substring(0, slash));
        shape = new AttentionShape(queryHeads, kvHeads, 64, 0.125f, 0);
        String[] sizes = batch.split("[x+]", -1);
        int sequences = Integer.parseInt(sizes[0]);
        int length = Integer.parseInt(sizes[1]);
        int past = Integer.parseInt(sizes[2]);
        int blocks = KvLayout.blocksFor(past + length);
        cache = session.kvCache(new KvLayout(LAYERS, kvHeads, 64, sequences * blocks, dtype));
        var numbers = new Numbers(1);
        var chunks = new ArrayList<RaggedBatch.Chunk>();
        for (int i = 0; i < sequences; i++) {
            int first = i * blocks;
            int[] table = IntStream.range(first, first + blocks).toArray();
            write(new RaggedBatch.Chunk(0, past + length, 0, table), numbers);
            chunks.add(new RaggedBatch.Chunk(i * length, length, past, table));
        }
        var rows = batch(chunks);
        qkv = session.upload(numbers.rows(rows.rows(), shape.qkvWidth()), shape.qkvWidth());
        out = session.buffer(rows.rows(), shape.outWidth());
        step = session.operations.begin(rows, new int[0], LoraBatch.NONE, new StepEpoch(this, 0));
    }

    private void write(RaggedBatch.Chunk chunk, Numbers numbers) {
        int width = shape.qkvWidth();
        try (var other = new Session(new CpuDevice(kernels), 1)) {
            Activations fused = other.upload(numbers.rows(chunk.rows(), width), width);
            for (int i = 0; i < LAYERS; i++) {
                session.writeKv(fused, batch(List.of(chunk)), shape, cache, i);
            }
        }
    }

    private static RaggedBatch batch(List<RaggedBatch.Chunk> chunks) {
        int[] positions =
                chunks.stream()
                        .flatMapToInt(c ->
                                IntStream.range(c.firstPosition(), c.firstPosition() + c.rows()))
                        .toArray();
        return new RaggedBatch(new int[positions.length], positions, chunks);
    }

    @Benchmark
    public void attention() {
        layer = (layer + 1) % LAYERS;
        step.attention(qkv, shape, cache, layer, out);
    }

    @TearDown
    public void free() {
        session.close();
    }
}
