package org.dlora.device.cpu.lora;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.dlora.device.Activations;
import org.dlora.device.LoraBatch;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm.LowRank;
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

/** Low-rank terms of a layer [1536, 576] on groups of rows, each with its own adapter. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH and the set-up fill the fields.
public class LoraBenchmark {
    @Param({"1", "8", "64"})
    int groups;

    @Param({"1", "16"})
    int rowsPerGroup;

    @Param({"8", "64"})
    int rank;

    @Param({"BF16", "F32"})
    DType dtype;

    @Param({"AUTO", "OFF"})
    CpuDevice.Native kernels;

    private Session session;
    private Step step;
    private Activations x;
    private Activations y;

    @Setup
    public void allocate() {
        session = new Session(new CpuDevice(kernels), 0);
        var numbers = new Numbers(1);
        var present = new ArrayList<LoraGroup>();
        for (int i = 0; i < groups; i++) {
            var a = session.matrix(dtype, numbers.tensor(DType.F32, rank, 576));
            var b = session.matrix(dtype, numbers.tensor(DType.F32, 1536, rank));
            present.add(
                    new LoraGroup(
                            i * rowsPerGroup, rowsPerGroup, List.of(new LowRank(a, b, 0, 1e-6f))));
        }
        x = session.upload(numbers.rows(groups * rowsPerGroup, 576), 576);
        y = session.buffer(groups * rowsPerGroup, 1536);
        step =
                session.operations.begin(
                        new RaggedBatch(new int[0], new int[0], List.of()),
                        new int[0],
                        new LoraBatch(List.of(present)),
                        new StepEpoch(this, 0));
    }

    @Benchmark
    public void lora() {
        step.lora(0, x, y);
    }

    @TearDown
    public void free() {
        session.close();
    }
}
