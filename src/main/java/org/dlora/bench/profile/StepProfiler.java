package org.dlora.bench.profile;

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

    private final ProfileShape shape;
    private final StepRecorder recorder = new StepRecorder();
    private final OperationCosts costs;

    /**
     * A profiler of one model.
     *
     * @param sites the linear layer of each of its matrices, by identity
     */
    public StepProfiler(ProfileShape shape, Map<WeightMatrix, LinearSite> sites) {
        this.shape = shape;
        this.costs = new OperationCosts(sites);
    }

    /** What {@code device} does, watched. */
    public Device device(Device device) {
        return ProfiledDevice.of(device, costs, recorder);
    }

    /**
     * Runs a round to warm up, then those that count.
     *
     * @param replica idle, and used by nobody else meanwhile
     * @param limits measures the machine
     * @throws IllegalStateException if a step fails
     */
    public ProfileReport run(ReplicaRef replica, int vocabSize, Supplier<CpuLimits> limits) {
        var driver = new StepDriver(replica, recorder, shape, vocabSize);
        driver.decode();
        driver.prefill(WARM_STEPS);
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

    private StepRound round(List<CpuLimits> measured) {
        int last = measured.size() - 1;
        return recorder.round(Roofline.between(measured.get(last - 1), measured.get(last)));
    }
}
