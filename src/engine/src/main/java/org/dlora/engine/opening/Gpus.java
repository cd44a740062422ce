package org.dlora.engine.opening;

import org.dlora.device.Device;
import org.dlora.device.cuda.CudaDevice;
import org.dlora.device.cuda.driver.CudaException;
import org.dlora.device.cuda.driver.CudaUnavailableException;
import org.dlora.device.cuda.kernels.KernelsMissingException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** NVIDIA GPUs as the server opens them. Nothing of theirs is loaded before one is asked for. */
public final class Gpus {
    private static final Logger log = LoggerFactory.getLogger(Gpus.class);

    private Gpus() {}

    /**
     * Opens GPU {@code number}.
     *
     * @throws StartException if it is not there, or cannot compute
     */
    public static Device open(int number) {
        try {
            var device = CudaDevice.gpu(number);
            log.info("cuda:{} is {}", number, device.words());
            log.warn(
                    "GPUs are not for production yet: no real one has run these kernels; see docs/gpu.md");
            return device;
        } catch (CudaUnavailableException | KernelsMissingException | CudaException e) {
            throw new StartException(
                    "The GPU cuda:%d cannot be used. %s.".formatted(number, e.getMessage()));
        }
    }
}
