package org.dlora.bench.profile;

import java.util.Map;
import org.dlora.device.Device;
import org.dlora.device.WeightMatrix;
import org.dlora.engine.ReplicaRef;
import org.dlora.model.LinearSite;

/**
 * Profiles the steps of a replica that computes on {@link #device}. The replica is the caller's:
 * its steps must hold {@link ProfileShape#stepRows} rows.
 */
public final class StepProfiler {
    private static final int PREFILL_STEPS = 12;

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
     * Runs all steps twice, the first time to warm up, and returns what the second time took.
     *
     * @param replica idle, and used by nobody else meanwhile
     * @throws IllegalStateException if a step fails
     */
    public StepProfiles run(ReplicaRef replica, int vocabSize) {
        var driver = new StepDriver(replica, recorder, shape, vocabSize);
        driver.prefill(PREFILL_STEPS);
        recorder.clear();
        driver.prefill(PREFILL_STEPS);
        var prefill = recorder.profile("prefill", shape.promptTokens());
        recorder.clear();
        driver.decode();
        recorder.clear();
        driver.decode();
        return new StepProfiles(shape, prefill, recorder.profile("decode", shape.batch()));
    }
}
