package org.dlora.device.cuda.kernels;

import java.lang.foreign.Arena;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.dlora.device.cuda.driver.Context;
import org.dlora.device.cuda.driver.CudaException;
import org.dlora.device.cuda.driver.Driver;
import org.dlora.device.cuda.driver.Kernel;
import org.dlora.device.cuda.driver.KernelModule;

/** The kernels on one GPU, each file loaded with its first use. Thread-safe. */
public final class LoadedKernels {
    /** Compute capability of the oldest GPUs that kernels are compiled for: 8.0, of 2020. */
    private static final int OLDEST = 80;

    private final Context context;
    private final KernelImages images;
    private final Map<String, KernelModule> modules = new ConcurrentHashMap<>();

    /**
     * Finds the kernels for a GPU.
     *
     * @throws KernelsMissingException if there are none that it can run, with the reason
     */
    public LoadedKernels(Context context, KernelImages images) {
        this.context = context;
        this.images = images;
        requireSupport();
    }

    private void requireSupport() {
        if (!images.areThere()) {
            throw new KernelsMissingException(
                    "There are no kernels for GPUs in %s: build it where there is an nvcc of CUDA 12.8 or newer, or set -D%s (docs/gpu.md)"
                            .formatted(images.words(), KernelImages.FOLDER));
        }
        int capability = context.computeCapability();
        if (capability < OLDEST) {
            throw new KernelsMissingException(
                    "cuda:%d, %s, has compute capability %s: expected 8.0 or newer"
                            .formatted(
                                    context.number(),
                                    context.name(),
                                    capability / 10 + "." + capability % 10));
        }
        int driver = Driver.version();
        int toolkit = images.toolkit().orElse(0);
        // What one major version compiles runs on every driver of it, and on newer ones.
        if (driver / 1000 < toolkit / 1000) {
            throw new KernelsMissingException(
                    "NVIDIA's driver is for CUDA %s, and the kernels were compiled by CUDA %s: expected a newer driver"
                            .formatted(version(driver), version(toolkit)));
        }
        try {
            module("rows");
        } catch (CudaException e) {
            throw new KernelsMissingException(
                    "cuda:%d, %s, cannot run the kernels in %s: %s"
                            .formatted(
                                    context.number(),
                                    context.name(),
                                    images.words(),
                                    e.getMessage()),
                    e);
        }
    }

    private static String version(int number) {
        return "%d.%d".formatted(number / 1000, number % 1000 / 10);
    }

    private KernelModule module(String file) {
        return modules.computeIfAbsent(
                file, name -> new KernelModule(context, name, images.image(name)));
    }

    Kernel kernel(String file, String name, int arguments, Arena arena) {
        return kernel(file, name, arguments, 0, arena);
    }

    Kernel kernel(String file, String name, int arguments, int sharedBytes, Arena arena) {
        return module(file).kernel("dlora_" + name, arguments, sharedBytes, arena);
    }
}
