package org.dlora.device.cuda.driver;

import java.util.Set;
import jcuda.driver.CUresult;
import org.dlora.device.DeviceLostException;

/**
 * An error of NVIDIA's driver after which the GPU goes on. The message names the call and the state
 * that it returned. Sticky errors, which every later call returns too, are a {@link
 * DeviceLostException}.
 */
public final class CudaException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** States after which a context is of no use (CUDA Driver API, CUresult). */
    private static final Set<Integer> STICKY =
            Set.of(
                    CUresult.CUDA_ERROR_DEINITIALIZED,
                    CUresult.CUDA_ERROR_ECC_UNCORRECTABLE,
                    CUresult.CUDA_ERROR_NVLINK_UNCORRECTABLE,
                    CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
                    CUresult.CUDA_ERROR_LAUNCH_TIMEOUT,
                    CUresult.CUDA_ERROR_CONTEXT_IS_DESTROYED,
                    CUresult.CUDA_ERROR_ASSERT,
                    CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR,
                    CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION,
                    CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
                    CUresult.CUDA_ERROR_INVALID_ADDRESS_SPACE,
                    CUresult.CUDA_ERROR_INVALID_PC,
                    CUresult.CUDA_ERROR_LAUNCH_FAILED,
                    CUresult.CUDA_ERROR_UNKNOWN);

    private final int state;

    private CudaException(String call, int state) {
        super(words(call, state));
        this.state = state;
    }

    private static String words(String call, int state) {
        return "%s: %s".formatted(call, CUresult.stringFor(state));
    }

    /**
     * Throws unless {@code state}, which {@code call} returned, is success.
     *
     * @throws DeviceLostException if the error is sticky
     * @throws CudaException if it is another one
     */
    static void check(int state, String call) {
        if (state == CUresult.CUDA_SUCCESS) {
            return;
        }
        if (STICKY.contains(state)) {
            throw new DeviceLostException(
                    words(call, state) + "; the GPU computes nothing more in this process");
        }
        throw new CudaException(call, state);
    }

    /**
     * Checks the freeing of something. After a sticky error it is gone with the context, so there
     * is nothing to do.
     */
    static void checkFreed(int state, String call) {
        if (!STICKY.contains(state)) {
            check(state, call);
        }
    }

    /** Returns whether memory was asked for that the device does not have. */
    public boolean isOutOfMemory() {
        return state == CUresult.CUDA_ERROR_OUT_OF_MEMORY;
    }
}
