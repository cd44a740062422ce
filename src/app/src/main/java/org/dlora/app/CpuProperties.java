package org.dlora.app;

import org.dlora.device.cpu.CpuDevice;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.bind.Name;

/**
 * The CPU device.
 *
 * @param nativeKernels kernels in C for bfloat16 weights
 */
record CpuProperties(@Name("native") @DefaultValue("auto") CpuDevice.Native nativeKernels) {}
