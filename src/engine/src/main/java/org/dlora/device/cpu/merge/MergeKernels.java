package org.dlora.device.cpu.merge;

import java.util.Optional;
import org.dlora.device.cpu.kernels.Kernels;
import org.dlora.device.cpu.linear.LinearKernels;

/**
 * The kernels that merge.
 *
 * @param kernels the inner loops in Java
 * @param linear products of the factors of terms
 * @param fused merges what it can; empty: {@code kernels} and {@code linear} merge all
 */
public record MergeKernels(Kernels kernels, LinearKernels linear, Optional<NativeMerge> fused) {}
