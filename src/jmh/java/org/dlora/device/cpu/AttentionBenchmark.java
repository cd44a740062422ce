package org.dlora.device.cpu;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.dlora.device.Activations;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvCache;
import org.dlora.device.KvLayout;
import org.dlora.device.Numbers;
import org.dlora.device.Operations;
import org.dlora.device.RaggedBatch;
import org.dlora.device.Session;
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

/** Attention of one sequence's chunk behind 1,024 earlier positions; head dimension 64. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH and the set-up fill the fields.
public class AttentionBenchmark {
    private static final int PAST = 1024;

    /** 1: decode; more: a prefill chunk. */
    @Param({"1", "128"})
    int rows;

    @Param({"9/3", "32/8", "16/16"})
    String heads;

    @Param({"F32", "BF16"})
    DType dtype;

    private Session session;
    private Operations operations;
    private AttentionShape shape;
    private KvCache cache;
    private RaggedBatch batch;
    private Activations qkv;
    private Activations out;

    @Setup
    public void fill() {
        session = new Session(new CpuDevice(), 0);
        operations = session.operations;
        int slash = heads.indexOf('/');
        int kvHeads = Integer.parseInt(heads.substring(slash + 1));
        shape =
                new AttentionShape(
                        Integer.parseInt(heads.substring(0, slash)), kvHeads, 64, 0.125f, 0);
        int blocks = KvLayout.blocksFor(PAST + rows);
        cache = session.kvCache(new KvLayout(1, kvHeads, 64, blocks, dtype));
        int[] table = IntStream.range(0, blocks).toArray();
        var numbers = new Numbers(1);
        write(new RaggedBatch.Chunk(0, PAST, 0, table), numbers);
        batch = batch(new RaggedBatch.Chunk(0, rows, PAST, table));
        qkv = write(new RaggedBatch.Chunk(0, rows, PAST, table), numbers);
        out = session.buffer(rows, shape.outWidth());
    }

    private Activations write(RaggedBatch.Chunk chunk, Numbers numbers) {
        Activations fused =
                session.upload(numbers.rows(chunk.rows(), shape.qkvWidth()), shape.qkvWidth());
        operations.writeKv(fused, batch(chunk), shape, cache, 0);
        return fused;
    }

    private static RaggedBatch batch(RaggedBatch.Chunk chunk) {
        int[] positions =
                IntStream.range(chunk.firstPosition(), chunk.firstPosition() + chunk.rows())
                        .toArray();
        return new RaggedBatch(new int[chunk.rows()], positions, List.of(chunk));
    }

    @Benchmark
    public void attention() {
        operations.attention(qkv, batch, shape, cache, 0, out);
    }

    @TearDown
    public void free() {
        session.close();
    }
}
