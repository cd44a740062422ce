package org.dlora.device.cpu.rows;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.dlora.device.Activations;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvCache;
import org.dlora.device.KvLayout;
import org.dlora.device.LoraBatch;
import org.dlora.device.Operations;
import org.dlora.device.RaggedBatch;
import org.dlora.device.Step;
import org.dlora.device.StepEpoch;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightVector;
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
 * The row-wise operations of a layer of SmolLM2-135M: hidden 576, 9 heads and 3 kv heads of 64,
 * intermediate 1536. Each row decodes a sequence of its own.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH and the set-up fill the fields.
public class RowBenchmark {
    private static final int HIDDEN = 576;
    private static final int INTERMEDIATE = 1536;
    private static final int POSITION = 200;

    @Param({"1", "16", "64", "128"})
    int rows;

    @Param({"AUTO", "OFF"})
    CpuDevice.Native kernels;

    private final AttentionShape shape = new AttentionShape(9, 3, 64, 0.125f, 0);
    private Session session;
    private Operations operations;
    private Step step;
    private KvCache cache;
    private Activations x;
    private Activations residual;
    private Activations hidden;
    private Activations qkv;
    private Activations gateUp;
    private Activations gated;
    private WeightVector norm;
    private WeightVector headNorm;
    private WeightVector angles;
    private WeightMatrix table;

    @Setup
    public void fill() {
        var device = new CpuDevice(kernels);
        session = new Session(device, 0);
        operations = session.operations;
        var numbers = new Numbers(1);
        int blocks = KvLayout.blocksFor(POSITION + 1);
        var dtype = device.kvDtype(DType.BF16);
        cache = session.kvCache(new KvLayout(1, 3, 64, rows * blocks, dtype));
        var chunks = new ArrayList<RaggedBatch.Chunk>();
        for (int row = 0; row < rows; row++) {
            int[] own = IntStream.range(row * blocks, (row + 1) * blocks).toArray();
            chunks.add(new RaggedBatch.Chunk(row, 1, POSITION, own));
        }
        int[] positions = IntStream.range(0, rows).map(_ -> POSITION).toArray();
        x = session.upload(numbers.rows(rows, HIDDEN), HIDDEN);
        residual = session.upload(numbers.rows(rows, HIDDEN), HIDDEN);
        hidden = session.buffer(rows, HIDDEN);
        qkv = session.upload(numbers.rows(rows, shape.qkvWidth()), shape.qkvWidth());
        gateUp = session.upload(numbers.rows(rows, 2 * INTERMEDIATE), 2 * INTERMEDIATE);
        gated = session.buffer(rows, INTERMEDIATE);
        norm = session.vector(numbers.vector(HIDDEN));
        headNorm = session.vector(numbers.vector(64));
        var turned = new float[(POSITION + 1) * 32];
        for (int i = 0; i < turned.length; i++) {
            turned[i] = (float) Math.sqrt(0.5);
        }
        angles = session.vector(turned);
        table = session.matrix(DType.BF16, numbers.tensor(DType.BF16, 1024, HIDDEN));
        int[] all = IntStream.range(0, rows).toArray();
        var batch = new RaggedBatch(all, positions, List.copyOf(chunks));
        step = operations.begin(batch, all, LoraBatch.NONE, new StepEpoch(this, 0));
    }

    @Benchmark
    public void embed() {
        step.embed(table, hidden);
    }

    @Benchmark
    public void addRmsNorm() {
        operations.addRmsNorm(x, residual, rows, norm, 1e-5f, hidden);
    }

    @Benchmark
    public void headNorm() {
        operations.headNorm(qkv, rows, 0, 9, 64, headNorm, 1e-5f);
    }

    @Benchmark
    public void rope() {
        step.rope(qkv, shape, angles, angles);
    }

    @Benchmark
    public void writeKv() {
        step.writeKv(qkv, shape, cache, 0);
    }

    @Benchmark
    public void siluMul() {
        operations.siluMul(gateUp, rows, gated);
    }

    @Benchmark
    public void gather() {
        step.gather(x, hidden);
    }

    @TearDown
    public void free() {
        session.close();
    }
}
