package org.dlora.bench.profile;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.dlora.device.Device;
import org.dlora.device.WeightMatrix;
import org.dlora.device.cpu.CpuLimits;
import org.dlora.engine.ReplicaRef;
import org.dlora.model.LinearSite;

/**
 * Profiles the steps of a replica that computes on {@link #device}, in rounds between which the
 * machine's limits are measured. The replica is the caller's: its steps must hold {@link
 * ProfileShape#stepRows} rows.
 */
public final class StepProfiler {
    private static final int PREFILL_STEPS = 8;

    /** Prefill steps before those that count: what they run is compiled by then. */
    private static final int WARM_STEPS = 32;

    private static final Duration MOST_WARM_UP = Duration.ofSeconds(10);

    /** Of decode steps, after which it is asked whether they are warm. */
    private static final Duration WARM_UP_WINDOW = Duration.ofSeconds(1);

    /** Share of the time that the compilers may take from steps that count. */
    private static final double COMPILING = 0.02;

    private final ProfileShape shape;
    private final StepRecorder recorder = new StepRecorder();
    private final OperationCosts costs;
    private final Duration mostWarmUp;

    /**
     * A profiler of one model.
     *
     * @param sites the linear layer of each of its matrices, by identity
     */
    public StepProfiler(ProfileShape shape, Map<WeightMatrix, LinearSite> sites) {
        this(shape, sites, MOST_WARM_UP);
    }

    /**
     * @param mostWarmUp time of decode steps that do not count, if there is so much to compile
     */
    StepProfiler(ProfileShape shape, Map<WeightMatrix, LinearSite> sites, Duration mostWarmUp) {
        this.shape = shape;
        this.mostWarmUp = mostWarmUp;
        this.costs = new OperationCosts(sites);
    }

    /** What {@code device} does, watched. */
    public Device device(Device device) {
        return ProfiledDevice.of(device, costs, recorder);
    }

    /**
     * Warms up, then runs the rounds that count.
     *
     * @param replica idle, and used by nobody else meanwhile
     * @param limits measures the machine
     * @throws IllegalStateException if a step fails
     */
    public ProfileReport run(ReplicaRef replica, int vocabSize, Supplier<CpuLimits> limits) {
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
                        new StepProfile("prefill", shape.promptTokens(), prefills),
                        new StepProfile("decode", shape.batch(), decodes),
                        measured));
    }

    /**
     * A decode step of one sequence is short, but there are hundreds until all of its code is
     * compiled; where all processors compute, the compilers make them several times as long.
     */
    private void warmUp(StepDriver driver) {
        long start = System.nanoTime();
        boolean isWarm = false;
        while (!isWarm && System.nanoTime() - start < mostWarmUp.toNanos()) {
            isWarm = compiling(driver) < COMPILING;
        }
        driver.prefill(WARM_STEPS);
    }

    /** Runs decode steps; returns the compilers' time over theirs. */
    private static double compiling(StepDriver driver) {
        long before = compilerMillis();
        long start = System.nanoTime();
        do {
            driver.decode();
        } while (System.nanoTime() - start < WARM_UP_WINDOW.toNanos());
        return 1e6 * (compilerMillis() - before) / (System.nanoTime() - start);
    }

    private static long compilerMillis() {
        var compilers = ManagementFactory.getCompilationMXBean();
        return compilers == null
                ? 0
                : compilers.getTotalCompilationTime(); // null: interpreted only
    }

    private StepRound round(List<CpuLimits> measured) {
        int last = measured.size() - 1;
        return recorder.round(Roofline.between(measured.get(last - 1), measured.get(last)));
    }
}
