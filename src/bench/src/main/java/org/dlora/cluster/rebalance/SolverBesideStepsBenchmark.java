package org.dlora.cluster.rebalance;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.dlora.device.Activations;
import org.dlora.device.WeightMatrix;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.scheduling.rebalance.RebalanceInstance;
import org.dlora.scheduling.rebalance.RebalanceProblem;
import org.dlora.tensor.DType;
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
 * Times of steps while plans are made beside them, for 32 replicas, 128 adapters and 2,000
 * requests. A step is 32 matrix products of 8 rows on all processors. Rounds without and with the
 * solver take turns.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 1)
@Measurement(iterations = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH and the set-up fill the fields.
public class SolverBesideStepsBenchmark {
    private static final int ROUNDS = 8;
    private static final long ROUND = TimeUnit.SECONDS.toNanos(2);
    private static final int PRODUCTS = 32;
    private static final int SIZE = 1024;
    private static final int ROWS = 8;

    /** Whether memories have room for more adapters; if not, the library has work. */
    @Param({"room", "full"})
    String memory;

    /** Seconds between two plans: as in a server, or none. */
    @Param({"1", "0"})
    int pause;

    private final BackgroundSolver solver = new BackgroundSolver(new OjAlgoRebalancer());
    private RebalanceProblem problem;
    private Session session;
    private WeightMatrix[] weights;
    private Activations x;
    private Activations y;

    /** The figures of all rounds; times in milliseconds. */
    @AuxCounters(AuxCounters.Type.EVENTS)
    @State(Scope.Thread)
    public static class Figures {
        public double medianAlone;
        public double p99Alone;
        public double medianRatio;
        public double p99Ratio;
        public double plans;
    }

    @Setup
    public void setUp() {
        var instance =
                memory.equals("room")
                        ? RebalanceInstance.LARGE
                        : new RebalanceInstance(32, 128, 2000, 8, 8);
        problem = instance.problem(2);
        session = new Session(new CpuDevice(), 0);
        var numbers = new Numbers(1);
        var tensor = numbers.tensor(DType.F32, SIZE, SIZE);
        weights = new WeightMatrix[PRODUCTS];
        for (int i = 0; i < PRODUCTS; i++) {
            weights[i] = session.matrix(DType.BF16, tensor);
        }
        x = session.upload(numbers.rows(ROWS, SIZE), SIZE);
        y = session.buffer(ROWS, SIZE);
    }

    @TearDown
    public void free() {
        session.close();
    }

    @Benchmark
    public void steps(Figures figures) throws InterruptedException {
        var alone = new ArrayList<Double>();
        var beside = new ArrayList<Double>();
        var plans = new AtomicInteger();
        for (int i = 0; i < ROUNDS; i++) {
            run(alone);
            var planner = Thread.ofPlatform().daemon().unstarted(() -> plan(plans));
            planner.start();
            run(beside);
            planner.interrupt();
            planner.join();
        }
        figures.medianAlone = quantile(alone, 0.5);
        figures.p99Alone = quantile(alone, 0.99);
        figures.medianRatio = quantile(beside, 0.5) / figures.medianAlone;
        figures.p99Ratio = quantile(beside, 0.99) / figures.p99Alone;
        figures.plans = plans.get();
    }

    private void run(List<Double> milliseconds) {
        long end = System.nanoTime() + ROUND;
        for (long begun = System.nanoTime(); begun < end; ) {
            for (var matrix : weights) {
                session.operations.linear(matrix, Optional.empty(), x, ROWS, y);
            }
            long now = System.nanoTime();
            milliseconds.add((now - begun) / 1e6);
            begun = now;
        }
    }

    private void plan(AtomicInteger plans) {
        while (!Thread.currentThread().isInterrupted()) {
            solver.solve(problem, 1);
            plans.incrementAndGet();
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(pause));
        }
    }

    private static double quantile(List<Double> values, double share) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return sorted[Math.min(sorted.length - 1, (int) (share * sorted.length))];
    }
}
