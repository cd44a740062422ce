package org.dlora.device.cuda;

/** Asks for a GPU, and prints why there is none. */
final class GpuProbe {
    private GpuProbe() {}

    public static void main(String[] arguments) {
        try {
            CudaDevice.gpu(Integer.parseInt(arguments[0])).close();
            System.out.println("opened");
        } catch (RuntimeException e) {
            System.out.println(e.getClass().getSimpleName() + ": " + e.getMessage());
        }
    }
}
