package org.dlora.device.cpu;

import static java.lang.System.Logger.Level.INFO;

/** The kernels that this JVM uses. */
final class KernelChoice {
    /** {@code auto}: the Vector API where its module is present; {@code off}: scalar. */
    private static final String PROPERTY = "dlora.cpu.vector";

    private static final String MODULE = "jdk.incubator.vector";
    private static final int SCALAR_LANES = 16;

    private KernelChoice() {}

    /** Always the same kernels; the first call logs which. */
    static Kernels kernels() {
        String setting = System.getProperty(PROPERTY, "auto");
        if (!setting.equals("auto") && !setting.equals("off")) {
            throw new IllegalArgumentException(
                    "system property %s is '%s': expected auto or off"
                            .formatted(PROPERTY, setting));
        }
        return Chosen.KERNELS;
    }

    private static final class Chosen {
        static final Kernels KERNELS = choose();

        private static Kernels choose() {
            System.Logger log = System.getLogger(KernelChoice.class.getName());
            if (System.getProperty(PROPERTY, "auto").equals("off")) {
                log.log(
                        INFO,
                        "CPU kernels: scalar, many times slower, because {0} is off",
                        PROPERTY);
                return new ScalarKernels(SCALAR_LANES);
            }
            if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
                log.log(
                        INFO,
                        "CPU kernels: scalar, many times slower, because the JVM runs without --add-modules={0}",
                        MODULE);
                return new ScalarKernels(SCALAR_LANES);
            }
            Kernels kernels = new VectorKernels();
            log.log(INFO, "CPU kernels: {0}", kernels.name());
            return kernels;
        }
    }
}
