package org.dlora.bench.profile;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.dlora.device.Device;
import org.dlora.device.WeightMatrix;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.device.cpu.limits.CpuLimits;
import org.dlora.engine.ReplicaRef;
import org.dlora.model.LinearSite;

/**
 * Profiles the steps of a replica that computes on {@link #device}. Steps run in rounds, and the
 * machine's limits are measured between them. The caller owns the replica, whose steps must hold
 * {@link ProfileShape#stepRows} rows.
 */
public final class StepProfiler {
    private static final int PREFILL_STEPS = 8;

    /** Prefill steps before those that count; they get the code of prefill compiled. */
    private static final int WARM_STEPS = 32;

    private static final Duration MOST_WARM_UP = Duration.ofSeconds(10);

    /** Time of decode steps between two checks whether they are warm. */
    private static final Duration WARM_UP_WINDOW = Duration.ofSeconds(1);

    /** Share of the time that the compilers may take from steps that count. */
    private static final double COMPILING = 0.02;

    /**
     * Quiet windows in a row that end the warm-up. A compilation counts as time only when it ends,
     * which may be a window later.
     */
    private static final int QUIET_WINDOWS = 2;

    private final ProfileShape shape;
    private final StepRecorder recorder = new StepRecorder();
    private final OperationCosts costs;
    private final Duration mostWarmUp;
    private final Duration warmUpWindow;
    private final LongSupplier compilerMillis;

    /**
     * Creates a profiler of one model.
     *
     * @param sites the linear layer of each of its matrices, by identity
     */
    public StepProfiler(ProfileShape shape, Map<WeightMatrix, LinearSite> sites) {
        this(shape, sites, MOST_WARM_UP, WARM_UP_WINDOW, StepProfiler::compilerMillis);
    }

    /**
     * @param mostWarmUp longest time of decode steps that do not count
     * @param warmUpWindow time of decode steps between two checks whether they are warm
     * @param compilerMillis time that the compilers have taken so far
     */
    StepProfiler(
            ProfileShape shape,
            Map<WeightMatrix, LinearSite> sites,
            Duration mostWarmUp,
            Duration warmUpWindow,
            LongSupplier compilerMillis) {
        this.shape = shape;
        this.mostWarmUp = mostWarmUp;
        this.warmUpWindow = warmUpWindow;
        this.compilerMillis = compilerMillis;
        this.costs = new OperationCosts(sites);
    }

    /** Returns {@code device} with its operations timed. */
    public Device device(Device device) {
        return ProfiledDevice.of(device, costs, recorder);
    }

    /**
     * Warms up, then runs the rounds that count.
     *
     * @param replica idle, and used by nobody else meanwhile
     * @param cpu that the replica computes on
     * @param limits measures the machine
     * @throws IllegalStateException if a step fails
     */
    public ProfileReport run(
            ReplicaRef replica, int vocabSize, CpuDevice cpu, Supplier<CpuLimits> limits) {
        var driver = new StepDriver(replica, recorder, shape, vocabSize);
        warmUp(driver);
        var measured = new ArrayList<CpuLimits>();
        var prefills = new ArrayList<StepRound>();
        var decodes = new ArrayList<StepRound>();
        measured.add(limits.get());
        for (int i = 0; i < ProfileShape.ROUNDS; i++) {
            recorder.clear();
            driver.prefill(PREFILL_STEPS);
            measured.add(limits.get());
            prefills.add(round(measured));
            recorder.clear();
            driver.decode();
            measured.add(limits.get());
            decodes.add(round(measured));
        }
        return new ProfileReport(
                new StepProfiles(
                        shape,
                        cpu.kernels(),
                        cpu.family().family(),
                        new StepProfile("prefill", shape.promptTokens(), prefills),
                        new StepProfile("decode", shape.batch(), decodes),
                        measured));
    }

    /**
     * Runs decode steps until the compilers are quiet, then prefill steps. A decode step of one
     * sequence is short, but hundreds pass before all of its code is compiled. Where all processors
     * compute, the compilers make them several times as long.
     */
    private void warmUp(StepDriver driver) {
        long start = System.nanoTime();
        int quiet = 0;
        while (quiet < QUIET_WINDOWS && System.nanoTime() - start < mostWarmUp.toNanos()) {
            quiet = compiling(driver) < COMPILING ? quiet + 1 : 0;
        }
        driver.prefill(WARM_STEPS);
    }

    /** Runs decode steps, and returns the compilers' time over theirs. */
    private double compiling(StepDriver driver) {
        long before = compilerMillis.getAsLong();
        long start = System.nanoTime();
        do {
            driver.decode();
        } while (System.nanoTime() - start < warmUpWindow.toNanos());
        return 1e6 * (compilerMillis.getAsLong() - before) / (System.nanoTime() - start);
    }

    /**
     * Returns the milliseconds that the compilers have taken so far, 0 in a JVM that only
     * interprets.
     */
    static long compilerMillis() {
        return Optional.ofNullable(ManagementFactory.getCompilationMXBean())
                .map(CompilationMXBean::getTotalCompilationTime)
                .orElse(0L);
    }

    private StepRound round(List<CpuLimits> measured) {
        int last = measured.size() - 1;
        return recorder.round(Roofline.between(measured.get(last - 1), measured.get(last)));
    }
}
