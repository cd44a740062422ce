package org.dlora.device.cpu.limits;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.dlora.device.cpu.memory.Memory;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.cpu.natives.NativeLibrary;
import org.dlora.device.cpu.threads.WorkerTeam;
import org.openjdk.jmh.annotations.AuxCounters;
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
 * The limits of the machine, beside which the other benchmarks are read: run it in the same call.
 * The secondary result {@code amount} is bytes or floating-point operations per nanosecond: GB/s or
 * GFLOP/s.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH and the set-up fill the fields.
public class LimitBenchmark {
    private static final long BYTES = 256L << 20;

    /** 0: all processors. */
    @Param({"1", "0"})
    int threads;

    private WorkerTeam team;
    private Memory memory;
    private LimitLoop read;
    private LimitLoop readAhead;
    private LimitLoop multiplyAdd;
    private LimitLoop dot;
    private LimitLoop tiles;

    @AuxCounters(AuxCounters.Type.OPERATIONS)
    @State(Scope.Thread)
    public static class Rate {
        public double amount;
    }

    @Setup
    public void allocate() {
        int size = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
        team = new WorkerTeam("limits", size);
        memory = Memory.allocate(BYTES);
        // Memory that was never written to is one and the same page of zeros.
        memory.segment().fill((byte) 1);
        read = VectorLimits.read(memory.segment(), size);
        multiplyAdd = VectorLimits.multiplyAdd(size);
        var library = NativeLibrary.attempt().library();
        readAhead = library == null ? _ -> 0 : NativeLimits.read(library, memory.segment(), size);
        dot = bf16(KernelFamily.AVX512_BF16, size);
        tiles = bf16(KernelFamily.AMX, size);
    }

    private static LimitLoop bf16(KernelFamily family, int size) {
        return Optional.ofNullable(NativeLibrary.attempt().library())
                .filter(library -> library.families().contains(family))
                .flatMap(library -> NativeLimits.bf16(library, family, size))
                .orElse(_ -> 0);
    }

    /** Reads bytes from memory. */
    @Benchmark
    public void read(Rate rate) {
        run(read, rate);
    }

    /** Reads bytes from memory with kernels in C, which load ahead; 0 where there are none. */
    @Benchmark
    public void readAhead(Rate rate) {
        run(readAhead, rate);
    }

    /** Multiplies and adds in float32, two operations each. */
    @Benchmark
    public void multiplyAdd(Rate rate) {
        run(multiplyAdd, rate);
    }

    /** Computes bfloat16 dot products; 0 where the processor has none. */
    @Benchmark
    public void dot(Rate rate) {
        run(dot, rate);
    }

    /** Computes products of bfloat16 tiles; 0 where the processor has none. */
    @Benchmark
    public void tiles(Rate rate) {
        run(tiles, rate);
    }

    private void run(LimitLoop loop, Rate rate) {
        var amounts = new double[team.size()];
        team.forChunks(
                team.size(), team.size(), (worker, _, _) -> amounts[worker] = loop.run(worker));
        for (double amount : amounts) {
            rate.amount += amount;
        }
    }

    @TearDown
    public void free() {
        team.close();
        memory.close();
    }
}
