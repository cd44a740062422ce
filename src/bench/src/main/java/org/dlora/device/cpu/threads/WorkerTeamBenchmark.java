package org.dlora.device.cpu.threads;

import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.infra.Blackhole;

/**
 * The cost of an operation without work for a team with a worker for each processor. It is handed
 * over to workers that watch and, after a pause, to workers that may have parked.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // The set-up fills the field.
public class WorkerTeamBenchmark {
    private static final int UNITS = 8;

    private WorkerTeam team;

    @Setup
    public void open() {
        team = new WorkerTeam("bench", Runtime.getRuntime().availableProcessors());
    }

    @TearDown
    public void close() {
        team.close();
    }

    @Benchmark
    public void chunks(Blackhole done) {
        team.forChunks(team.size(), team.size(), (_, from, _) -> done.consume(from));
    }

    @Benchmark
    public void units(Blackhole done) {
        team.forUnits(UNITS, team.size(), (_, unit) -> done.consume(unit));
    }

    /** Runs the pause and the operation. */
    @Benchmark
    public void chunksAfterPause(Pause pause, Blackhole done) {
        pause.take();
        chunks(done);
    }

    /** Runs the pause alone, whose time is to be subtracted. */
    @Benchmark
    public void pause(Pause pause) {
        pause.take();
    }

    /** Work of the caller alone between two operations, as planning a step is. */
    @State(Scope.Thread)
    public static class Pause {
        @Param({"20", "200"})
        int micros;

        void take() {
            long end = System.nanoTime() + 1000L * micros;
            while (System.nanoTime() < end) {
                Thread.onSpinWait();
            }
        }
    }
}
