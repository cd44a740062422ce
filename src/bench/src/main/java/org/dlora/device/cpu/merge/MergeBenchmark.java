package org.dlora.device.cpu.merge;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightUpdate;
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
 * A whole switch: all seven modules of the 30 layers of SmolLM2-135M merged anew, 106 million
 * weights. It reads and writes each weight once and does {@code 2·rank} operations for it.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH and the set-up fill the fields.
public class MergeBenchmark {
    private static final int LAYERS = 30;

    @Param({"16", "128"})
    int rank;

    /** The dtype of the weights. */
    @Param({"BF16", "F32"})
    DType weights;

    /** The dtype of the adapter. */
    @Param({"F32", "BF16"})
    DType adapter;

    @Param({"OFF", "AUTO"})
    CpuDevice.Native use;

    /** 0: all processors. */
    @Param({"1", "0"})
    int threads;

    private record Merge(WeightUpdate update, WeightMatrix live) {}

    private Session session;
    private final List<Merge> merges = new ArrayList<>();

    @Setup
    public void allocate() {
        session = new Session(new CpuDevice(use), threads);
        for (int layer = 0; layer < LAYERS; layer++) {
            add(576, 576, 192, 192);
            add(576, 576);
            add(576, 1536, 1536);
            add(1536, 576);
        }
    }

    private void add(int inputs, int... outputs) {
        var numbers = new Numbers(inputs);
        var terms = new ArrayList<LowRank>();
        int rows = 0;
        for (int n : outputs) {
            var a = session.matrix(adapter, numbers.tensor(DType.F32, rank, inputs));
            var b = session.matrix(adapter, numbers.tensor(DType.F32, n, rank));
            terms.add(new LowRank(a, b, rows, 0.01f));
            rows += n;
        }
        var pristine = session.matrix(weights, numbers.tensor(DType.F32, rows, inputs));
        merges.add(
                new Merge(new WeightUpdate(pristine, terms, false), session.emptyLike(pristine)));
    }

    @Benchmark
    public void merge() {
        for (var merge : merges) {
            int rows = merge.live().rows();
            session.operations.merge(merge.update(), 0, rows, merge.live());
        }
    }

    @TearDown
    public void free() {
        session.close();
    }
}
