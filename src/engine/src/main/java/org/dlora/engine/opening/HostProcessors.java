package org.dlora.engine.opening;

import java.util.Optional;
import org.dlora.device.cpu.CpuDevice;

/**
 * The CPU device as the server and its commands open it: all of them compute with the same kernels.
 */
public final class HostProcessors {
    private HostProcessors() {}

    /** Returns the device; kernels that are chosen by measurement are remembered. */
    public static CpuDevice open(CpuDevice.Native use) {
        return CpuDevice.measured(use, CacheLocation.kernels(System::getenv, UserHome.folder()));
    }

    /**
     * Returns why there is no such device, in a sentence; empty if there is one.
     *
     * @param setting name of the setting or option that asks for the kernels
     */
    public static Optional<String> refusal(String setting, CpuDevice.Native use) {
        String missing = use.missing();
        return missing.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        "%s is %s, but these kernels do not run here: %s. Set it to auto."
                                .formatted(setting, use, missing));
    }
}
