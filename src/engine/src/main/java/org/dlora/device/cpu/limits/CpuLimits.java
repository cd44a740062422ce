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
 * @param bf16Peak operations per second of the units that the kernels in use multiply bfloat16
 *     weights by, a multiply-add being two; empty where these are the float32 units
 */
public record CpuLimits(
        int threads,
        double oneThreadBandwidth,
        double readBandwidth,
        double fmaPeak,
        OptionalDouble bf16Peak) {}
