package org.dlora.device.cpu.limits;

import java.util.OptionalDouble;

/**
 * What the machine can do at most, as {@link LimitMeter} has measured it here and now: a kernel's
 * time says little without it.
 *
 * @param threads that the limits without another number hold for
 * @param oneThreadBandwidth bytes per second that one thread reads from memory
 * @param readBandwidth bytes per second that all threads read
 * @param fmaPeak float32 operations per second, a multiply-add being two
 * @param bf16DotPeak operations per second of bfloat16 dot products, a multiply-add being two;
 *     empty where the kernels in use have none
 */
public record CpuLimits(
        int threads,
        double oneThreadBandwidth,
        double readBandwidth,
        double fmaPeak,
        OptionalDouble bf16DotPeak) {}
