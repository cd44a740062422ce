package org.dlora.bench.profile;

import java.util.List;
import org.dlora.device.cpu.limits.CpuLimits;
import org.dlora.device.cpu.natives.KernelFamily;

/**
 * The profiles of both kinds of steps.
 *
 * @param kernels that computed, and why, in words
 * @param family of the kernels
 * @param prefill of one prompt
 * @param decode of one row for each sequence
 * @param limits of the machine, measured between the rounds
 */
record StepProfiles(
        ProfileShape shape,
        String kernels,
        KernelFamily family,
        StepProfile prefill,
        StepProfile decode,
        List<CpuLimits> limits) {
    StepProfiles {
        limits = List.copyOf(limits);
    }
}
