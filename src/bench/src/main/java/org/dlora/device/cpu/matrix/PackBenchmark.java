package org.dlora.device.cpu.matrix;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.dlora.device.Device;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.device.reference.Numbers;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * Packing a matrix into panels, with memory taken and given back. A start and an adapter's load
 * consist of such packing.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH and the set-up fill the fields.
public class PackBenchmark {
    private final Device device = new CpuDevice();

    @Param({"BF16", "F32"})
    DType dtype;

    /** A layer's matrix, and an adapter's. */
    @Param({"3072x576", "16x576"})
    String shape;

    private List<Tensor> parts;

    @Setup
    public void fill() {
        int rows = Integer.parseInt(shape.substring(0, shape.indexOf('x')));
        int columns = Integer.parseInt(shape.substring(shape.indexOf('x') + 1));
        parts = List.of(new Numbers(1).tensor(dtype, rows, columns));
    }

    @Benchmark
    public void pack() {
        device.matrix(parts, dtype).close();
    }
}
