package org.dlora.launcher;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URISyntaxException;

/**
 * The jar's main class. A manifest cannot add modules, and the {@code java} on the path is often an
 * older one. So where this JVM lacks the Vector API's module, and may not load it, the launcher
 * starts the same jar in a JVM that has it, and waits for that JVM's end.
 */
public final class Launcher {

    static final int OLDEST_JAVA = 25;

    private static final String BOOT_LAUNCHER =
            "org.springframework.boot.loader.launch.JarLauncher";

    /** The server's main class, which a jar that was taken apart has on its class path. */
    private static final String SERVER = "org.dlora.app.DloraApplication";

    private Launcher() {}

    public static void main(String[] args) throws Throwable {
        boolean prepares = args.length > 0 && args[0].equals(Preparation.NAME);
        if (!prepares && (VectorModule.isThere() || VectorModule.load())) {
            Processes.watchParent();
            startServer(args);
            return;
        }
        if (Processes.hasParent()) {
            System.err.println("This JVM cannot load the module " + VectorModule.NAME);
            System.exit(1);
        }
        JavaHome home = new JavaHomeSearch().newestEnough();
        if (home == null) {
            System.err.println(
                    "dLoRA needs Java "
                            + OLDEST_JAVA
                            + " or newer, was started with "
                            + System.getProperty("java.version")
                            + " and found no newer one (looked at "
                            + JavaHomeSearch.PLACES
                            + "): install one, for example from https://adoptium.net, or set JAVA_HOME to it.");
            System.exit(1);
        }
        System.exit(
                prepares
                        ? new Preparation(home, jar()).run(args)
                        : new Relaunch(home, jar(), args).run());
    }

    private static void startServer(String[] args) throws Throwable {
        try {
            mainClass().getMethod("main", String[].class).invoke(null, (Object) args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private static Class<?> mainClass() throws ClassNotFoundException {
        try {
            return Class.forName(BOOT_LAUNCHER);
        } catch (ClassNotFoundException e) {
            return Class.forName(SERVER);
        }
    }

    private static File jar() throws IOException {
        try {
            return new File(
                    Launcher.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IOException("The jar's own location is no valid URI: " + e.getInput(), e);
        }
    }
}
