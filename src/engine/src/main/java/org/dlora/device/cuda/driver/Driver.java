package org.dlora.device.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import jcuda.driver.CUdevice;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/**
 * NVIDIA's driver in this process. It is loaded when the first GPU is asked for; until then no
 * class of JCuda is.
 *
 * <p>The system's loader finds {@code libcuda.so.1}. Where it does not, the system property {@value
 * #LIBRARY} has the file's absolute path.
 */
public final class Driver {
    /** System property with the absolute path of the driver's library. */
    public static final String LIBRARY = "dlora.cuda.driver";

    private static final String NAME = "libcuda.so.1";

    private Driver() {}

    /** Loads the driver once. A driver that could not be loaded is not looked for again. */
    private static final class Loaded {
        static final String PROBLEM = load();
    }

    /**
     * Returns the version of CUDA that the driver has, such as 13000 for 13.0.
     *
     * @throws CudaUnavailableException if there is no driver
     */
    public static int version() {
        require();
        var version = new int[1];
        CudaException.check(JCudaDriver.cuDriverGetVersion(version), "cuDriverGetVersion");
        return version[0];
    }

    /**
     * Returns the number of GPUs.
     *
     * @throws CudaUnavailableException if there is no driver
     */
    public static int devices() {
        require();
        var count = new int[1];
        CudaException.check(JCudaDriver.cuDeviceGetCount(count), "cuDeviceGetCount");
        return count[0];
    }

    static CUdevice device(int number) {
        int count = devices();
        if (number < 0 || number >= count) {
            throw new CudaUnavailableException(
                    "There is no cuda:%d: NVIDIA's driver shows %s"
                            .formatted(number, count == 1 ? "1 GPU, cuda:0" : count + " GPUs"));
        }
        var device = new CUdevice();
        CudaException.check(JCudaDriver.cuDeviceGet(device, number), "cuDeviceGet");
        return device;
    }

    private static void require() {
        if (!Loaded.PROBLEM.isEmpty()) {
            throw new CudaUnavailableException(Loaded.PROBLEM);
        }
    }

    /** Returns why there is no driver; empty if there is one. */
    @SuppressWarnings("restricted") // The driver is native.
    private static String load() {
        var path = System.getProperty(LIBRARY, "");
        try {
            if (path.isEmpty()) {
                SymbolLookup.libraryLookup(NAME, Arena.global());
            } else {
                // Under its soname it is then the one that JCuda's library is linked with.
                System.load(path);
            }
        } catch (IllegalArgumentException | UnsatisfiedLinkError e) {
            return "There is no NVIDIA driver: %s cannot be loaded (%s)"
                    .formatted(path.isEmpty() ? NAME : path, firstLine(e));
        }
        try {
            int state = JCudaDriver.cuInit(0);
            return state == CUresult.CUDA_SUCCESS
                    ? ""
                    : "NVIDIA's driver does not work here: cuInit: " + CUresult.stringFor(state);
        } catch (UnsatisfiedLinkError | ExceptionInInitializerError e) {
            return "JCuda's library for this system cannot be loaded (%s)".formatted(firstLine(e));
        }
    }

    private static String firstLine(Throwable problem) {
        return String.valueOf(problem.getMessage()).lines().findFirst().orElse("");
    }
}
