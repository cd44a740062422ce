package org.dlora.engine.opening;

import org.dlora.device.Device;
import org.dlora.device.cpu.CpuDevice;

/** Opener of the device on which the replicas serve. */
@FunctionalInterface
public interface DeviceOpener {
    /**
     * Opens the device; its user closes it.
     *
     * @param use of kernels in C, on the host
     * @throws StartException if it is not there
     */
    Device open(DeviceName name, CpuDevice.Native use);
}
