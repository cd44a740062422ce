package org.dlora.engine.opening;

import org.dlora.device.Device;
import org.dlora.device.cpu.CpuDevice;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opener of the machine's own devices: its processors, and its NVIDIA GPUs. */
public final class LocalDevices implements DeviceOpener {
    private static final Logger log = LoggerFactory.getLogger(LocalDevices.class);

    @Override
    public Device open(DeviceName name, CpuDevice.Native use) {
        if (name.gpu().isPresent()) {
            return Gpus.open(name.gpu().getAsInt());
        }
        var device = HostProcessors.open(use);
        log.info("CPU kernels: {}", device.kernels());
        return device;
    }
}
