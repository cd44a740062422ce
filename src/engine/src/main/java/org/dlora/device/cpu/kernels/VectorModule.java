package org.dlora.device.cpu.kernels;

/**
 * Module of the Vector API. A JVM has it if an option adds it or the launcher has loaded it, which
 * {@link ModuleLayer#boot} does not tell of.
 */
public final class VectorModule {
    public static final String NAME = "jdk.incubator.vector";

    private VectorModule() {}

    /** Returns whether the Vector API can be used. */
    public static boolean isThere() {
        try {
            Class.forName(NAME + ".Vector", false, VectorModule.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException _) {
            return false;
        }
    }
}
