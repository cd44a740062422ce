package org.dlora.device.cpu.limits;

import java.util.OptionalDouble;

/**
 * The limits of the machine as {@link LimitMeter} has measured them here and now: memory bandwidth
 * and peak arithmetic. The time of a kernel says little without them.
 *
 * @param threads number of threads that the limits hold for, where a limit does not say another
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
