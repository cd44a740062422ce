package org.dlora.device.cuda.driver;

import static java.nio.charset.StandardCharsets.UTF_8;

import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/**
 * The primary context of a GPU, which all that is on the GPU belongs to. Any thread may use it; the
 * driver keeps a current context for each thread, so each {@link #enter enters} it first.
 */
public final class Context implements AutoCloseable {
    private final int number;
    private final CUdevice device;
    final CUcontext context = new CUcontext();
    private boolean isOpen = true;

    private Context(int number, CUdevice device) {
        this.number = number;
        this.device = device;
        CudaException.check(
                JCudaDriver.cuDevicePrimaryCtxRetain(context, device), "cuDevicePrimaryCtxRetain");
        enter();
    }

    /**
     * Opens the context of GPU {@code number}.
     *
     * @throws CudaUnavailableException if there is no driver, or no such GPU
     */
    public static Context open(int number) {
        return new Context(number, Driver.device(number));
    }

    /** Returns the number of the GPU. */
    public int number() {
        return number;
    }

    /** Makes this the current context of the thread. */
    public void enter() {
        CudaException.check(JCudaDriver.cuCtxSetCurrent(context), "cuCtxSetCurrent");
    }

    /** Does {@link #enter} for a call that frees something, also after a sticky error. */
    void enterToFree() {
        CudaException.checkFreed(JCudaDriver.cuCtxSetCurrent(context), "cuCtxSetCurrent");
    }

    /** Returns the name of the GPU, such as {@code NVIDIA H100 80GB HBM3}. */
    public String name() {
        var name = new byte[256];
        CudaException.check(
                JCudaDriver.cuDeviceGetName(name, name.length, device), "cuDeviceGetName");
        int end = 0;
        while (end < name.length && name[end] != 0) {
            end++;
        }
        return new String(name, 0, end, UTF_8);
    }

    /** Returns the compute capability, such as 90 for 9.0. */
    public int computeCapability() {
        return 10 * attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
                + attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
    }

    private int attribute(int attribute) {
        var value = new int[1];
        CudaException.check(
                JCudaDriver.cuDeviceGetAttribute(value, attribute, device), "cuDeviceGetAttribute");
        return value[0];
    }

    /** Returns the bytes of memory that are free. */
    public long freeBytes() {
        enter();
        var free = new long[1];
        CudaException.check(JCudaDriver.cuMemGetInfo(free, new long[1]), "cuMemGetInfo");
        return free[0];
    }

    /**
     * Returns whether this GPU reaches the memory of another one directly, or is the same. The
     * driver allows access the first time.
     */
    public boolean reaches(Context other) {
        if (other.number == number) {
            return true;
        }
        var can = new int[1];
        CudaException.check(
                JCudaDriver.cuDeviceCanAccessPeer(can, device, other.device),
                "cuDeviceCanAccessPeer of cuda:%d to cuda:%d".formatted(number, other.number));
        if (can[0] == 0) {
            return false;
        }
        enter();
        int state = JCudaDriver.cuCtxEnablePeerAccess(other.context, 0);
        // A GPU has access to so many others at most.
        if (state == CUresult.CUDA_ERROR_TOO_MANY_PEERS
                || state == CUresult.CUDA_ERROR_PEER_ACCESS_UNSUPPORTED) {
            return false;
        }
        if (state != CUresult.CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED) {
            CudaException.check(
                    state,
                    "cuCtxEnablePeerAccess of cuda:%d to cuda:%d".formatted(number, other.number));
        }
        return true;
    }

    /** Opens a stream. */
    public Stream stream() {
        enter();
        return new Stream(this);
    }

    /** Gives the context back. With the last user's it ends, and all memory on the GPU is freed. */
    @Override
    public void close() {
        if (isOpen) {
            isOpen = false;
            JCudaDriver.cuDevicePrimaryCtxRelease(device);
        }
    }
}
