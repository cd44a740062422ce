package org.dlora.launcher;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The Vector API's module, which a JVM has if an option adds it, or if it is loaded before its
 * first use. Java links classes ahead of time only where no option adds an incubating module.
 */
final class VectorModule {

    static final String NAME = "jdk.incubator.vector";

    /** What loads modules that no option adds, as a JVM does for its own agents. */
    private static final String LOADER_PACKAGE = "jdk.internal.module";

    /** Value of the attribute {@code Add-Exports} of a jar from which {@link #load} works. */
    static final String EXPORTS = "java.base/" + LOADER_PACKAGE;

    private VectorModule() {}

    /** Returns the options of a JVM with the module, before what it runs. */
    static List<String> start(String... what) {
        List<String> options = new ArrayList<>();
        options.add("--add-modules=" + NAME);
        options.add("--enable-native-access=ALL-UNNAMED");
        options.addAll(Arrays.asList(what));
        return options;
    }

    /**
     * Returns {@code ModuleLayer.boot().findModule(name).isPresent()}, which Java 8 does not have.
     */
    static boolean isThere() {
        try {
            Class<?> layerType = Class.forName("java.lang.ModuleLayer");
            Object layer = layerType.getMethod("boot").invoke(null);
            Object module = layerType.getMethod("findModule", String.class).invoke(layer, NAME);
            return (Boolean)
                    Class.forName("java.util.Optional").getMethod("isPresent").invoke(module);
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }

    /** Loads the module; returns false where this JVM may not, or does not have it. */
    static boolean load() {
        try {
            Class.forName(LOADER_PACKAGE + ".Modules")
                    .getMethod("loadModule", String.class)
                    .invoke(null, NAME);
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }
}
