package org.dlora.app;

import org.dlora.device.Device;
import org.dlora.device.cpu.CpuDevice;

/** Opener of the device on which the replicas serve. */
@FunctionalInterface
interface DeviceOpener {
    /**
     * Opens the device; its user closes it.
     *
     * @param use of kernels in C
     */
    Device open(CpuDevice.Native use);
}
