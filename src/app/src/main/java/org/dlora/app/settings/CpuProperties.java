package org.dlora.app.settings;

import org.dlora.device.cpu.CpuDevice;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.bind.Name;

/**
 * The CPU device.
 *
 * @param nativeKernels kernels in C for bfloat16 weights
 */
public record CpuProperties(@Name("native") @DefaultValue("auto") CpuDevice.Native nativeKernels) {}
