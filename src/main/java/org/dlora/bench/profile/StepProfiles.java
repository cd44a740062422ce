package org.dlora.bench.profile;

import java.util.List;
import org.dlora.device.cpu.limits.CpuLimits;

/**
 * The profiles of both kinds of steps.
 *
 * @param prefill of one prompt
 * @param decode of one row for each sequence
 * @param limits of the machine, measured between the rounds
 */
record StepProfiles(
        ProfileShape shape, StepProfile prefill, StepProfile decode, List<CpuLimits> limits) {
    StepProfiles {
        limits = List.copyOf(limits);
    }
}
