package org.dlora.device.cpu.linear;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.dlora.device.Activations;
import org.dlora.device.Operations;
import org.dlora.device.WeightMatrix;
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
 * {@code y = x·Wᵀ} by rows of x. One row is bound by the bandwidth of the memory that holds the
 * weights, so there are enough matrices to leave the caches. From four rows on the arithmetic is
 * the limit.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH and the set-up fill the fields.
public class LinearBenchmark {
    @Param({"1", "4", "16", "64", "128"})
    int rows;

    @Param({"BF16", "F32"})
    DType dtype;

    @Param({"1536x576", "4096x4096"})
    String shape;

    @Param({"AUTO", "OFF"})
    CpuDevice.Native kernels;

    /** 0: all processors. */
    @Param({"1", "0"})
    int threads;

    private Session session;
    private Operations operations;
    private WeightMatrix[] weights;
    private Activations x;
    private Activations y;
    private int next;

    @Setup
    public void allocate() {
        int n = Integer.parseInt(shape.substring(0, shape.indexOf('x')));
        int k = Integer.parseInt(shape.substring(shape.indexOf('x') + 1));
        session = new Session(new CpuDevice(kernels), threads);
        operations = session.operations;
        var numbers = new Numbers(1);
        var tensor = numbers.tensor(DType.F32, n, k);
        weights = new WeightMatrix[Math.ceilDiv(200 << 20, n * k * dtype.bytes())];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = session.matrix(dtype, tensor);
        }
        x = session.upload(numbers.rows(rows, k), k);
        y = session.buffer(rows, n);
    }

    @Benchmark
    public void linear() {
        next = (next + 1) % weights.length;
        operations.linear(weights[next], Optional.empty(), x, rows, y);
    }

    @TearDown
    public void free() {
        session.close();
    }
}
