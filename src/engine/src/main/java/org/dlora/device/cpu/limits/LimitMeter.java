package org.dlora.device.cpu.limits;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.dlora.device.cpu.kernels.VectorModule;
import org.dlora.device.cpu.memory.Memory;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.cpu.natives.NativeLibrary;
import org.dlora.device.cpu.threads.WorkerTeam;

/**
 * Meter of {@link CpuLimits}, with threads and memory of its own. It measures again and again,
 * because the bandwidth that a virtual machine gets can double or halve within seconds. So what is
 * compared with a limit must lie between two measurements. One thread uses it.
 */
public final class LimitMeter implements AutoCloseable {
    /** No cache holds so much. */
    private static final long FEWEST_BYTES = 128L << 20;

    private static final long WARM_NANOS = TimeUnit.MILLISECONDS.toNanos(300);
    private static final long MEASURED_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final double NANOS = 1e9;

    private final List<Runnable> opened = new ArrayList<>();
    private final WorkerTeam team;
    private final WorkerTeam alone;
    private final List<LimitLoop> readAlone;
    private final List<LimitLoop> read;
    private final LimitLoop multiplyAdd;
    private final Optional<LimitLoop> bf16;

    /**
     * Allocates, starts the threads and has the loops compiled.
     *
     * @param threads the caller's included; 0 = one per processor
     * @param bytes read again and again by all threads together, as the weights are in every step:
     *     of a few hundred megabytes the caches keep a part; 128 MiB at least are read
     * @param family of the kernels in use
     * @throws IllegalStateException if the JVM runs without the Vector API
     */
    public LimitMeter(int threads, long bytes, KernelFamily family) {
        if (!VectorModule.isThere()) {
            throw new IllegalStateException(
                    "The machine's limits are measured by the Vector API, but the JVM runs without it; start it with --add-modules="
                            + VectorModule.NAME);
        }
        int all = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
        try {
            var memory = Memory.allocate(Math.max(bytes, FEWEST_BYTES));
            opened.addFirst(memory::close);
            // Memory that was never written to is one and the same page of zeros.
            memory.segment().fill((byte) 1);
            team = new WorkerTeam("dlora-limits", all);
            opened.addFirst(team::close);
            alone = new WorkerTeam("dlora-limit", 1);
            opened.addFirst(alone::close);
            var library = library(family);
            readAlone = reads(memory.segment(), 1, library);
            read = reads(memory.segment(), all, library);
            multiplyAdd = VectorLimits.multiplyAdd(all);
            bf16 = library.flatMap(found -> NativeLimits.bf16(found, family, all));
            measure(WARM_NANOS);
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private static Optional<NativeLibrary> library(KernelFamily family) {
        return family == KernelFamily.JAVA
                ? Optional.empty()
                : Optional.ofNullable(NativeLibrary.attempt().library());
    }

    /** Returns the loops that read; the fastest differs from machine to machine. */
    private static List<LimitLoop> reads(
            MemorySegment memory, int parts, Optional<NativeLibrary> library) {
        return Stream.concat(
                        Stream.of(VectorLimits.read(memory, parts)),
                        library.map(found -> NativeLimits.read(found, memory, parts)).stream())
                .toList();
    }

    /** Measures for some tenths of a second. */
    public CpuLimits measure() {
        return measure(MEASURED_NANOS);
    }

    private CpuLimits measure(long nanos) {
        return new CpuLimits(
                team.size(),
                fastest(alone, readAlone, nanos),
                fastest(team, read, nanos),
                rate(team, multiplyAdd, nanos),
                bf16.map(loop -> OptionalDouble.of(rate(team, loop, nanos)))
                        .orElseGet(OptionalDouble::empty));
    }

    private static double fastest(WorkerTeam team, List<LimitLoop> loops, long nanos) {
        return loops.stream().mapToDouble(loop -> rate(team, loop, nanos)).max().orElseThrow();
    }

    /** Median of the rounds of {@code nanos}: amount per second of all workers at once. */
    private static double rate(WorkerTeam team, LimitLoop loop, long nanos) {
        var rounds = new ArrayList<Double>();
        long start = System.nanoTime();
        do {
            rounds.add(round(team, loop));
        } while (System.nanoTime() - start < nanos);
        rounds.sort(null);
        return rounds.get(rounds.size() / 2);
    }

    private static double round(WorkerTeam team, LimitLoop loop) {
        var amounts = new double[team.size()];
        long start = System.nanoTime();
        team.forChunks(
                team.size(), team.size(), (worker, _, _) -> amounts[worker] = loop.run(worker));
        return Arrays.stream(amounts).sum() * NANOS / (System.nanoTime() - start);
    }

    @Override
    public void close() {
        opened.forEach(Runnable::run);
    }
}
