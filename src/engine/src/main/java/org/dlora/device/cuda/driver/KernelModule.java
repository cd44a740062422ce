package org.dlora.device.cuda.driver;

import java.lang.foreign.Arena;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;

/** An image of kernels that is loaded on a GPU, for as long as the context lives. */
public final class KernelModule {
    private final CUmodule module = new CUmodule();

    /**
     * @param name for messages
     */
    public KernelModule(Context context, String name, byte[] image) {
        context.enter();
        CudaException.check(
                JCudaDriver.cuModuleLoadData(module, image), "cuModuleLoadData of " + name);
    }

    /**
     * Returns a kernel, with memory for its arguments.
     *
     * @param arguments that it has
     * @param sharedBytes the most dynamic shared memory that a block is launched with
     */
    public Kernel kernel(String name, int arguments, int sharedBytes, Arena arena) {
        var function = new CUfunction();
        CudaException.check(
                JCudaDriver.cuModuleGetFunction(function, module, name),
                "cuModuleGetFunction of " + name);
        if (sharedBytes > 48 << 10) {
            CudaException.check(
                    JCudaDriver.cuFuncSetAttribute(
                            function,
                            CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                            sharedBytes),
                    "cuFuncSetAttribute of " + name);
        }
        return new Kernel(name, function, arguments, arena);
    }
}
