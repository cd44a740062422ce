package org.dlora.launcher;

import java.lang.management.ManagementFactory;
import java.lang.reflect.InvocationTargetException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Ends the relaunched server when the JVM that started it is gone. That JVM may have been killed
 * and so unable to forward a signal; the server must not outlive it.
 */
final class ParentWatch {

    /** System property with the process id of the JVM that relaunched this one. */
    private static final String PARENT = "dlora.launcher.parent";

    private ParentWatch() {}

    /** Returns the option of a JVM that this one starts and that must not outlive it. */
    static String option() {
        return "-D" + PARENT + "=" + pid();
    }

    /**
     * Returns this process's id. {@code ProcessHandle} is newer than Java 8; the name is {@code
     * pid@host} on every known JVM.
     */
    private static String pid() {
        return ManagementFactory.getRuntimeMXBean().getName().split("@", 2)[0];
    }

    static void startIfRelaunched() throws ReflectiveOperationException {
        Long parent = Long.getLong(PARENT);
        if (parent == null) {
            return;
        }
        CompletableFuture<?> exit = exitOf(parent);
        if (exit == null) {
            System.exit(1);
        } else {
            exit.thenRun(() -> System.exit(1));
        }
    }

    /**
     * Returns {@code ProcessHandle.of(pid).onExit()} by reflection, null where there is no such
     * process.
     */
    private static CompletableFuture<?> exitOf(long pid) throws ReflectiveOperationException {
        Class<?> handleType = Class.forName("java.lang.ProcessHandle");
        try {
            Optional<?> handle =
                    (Optional<?>) handleType.getMethod("of", long.class).invoke(null, pid);
            return handle.isPresent()
                    ? (CompletableFuture<?>) handleType.getMethod("onExit").invoke(handle.get())
                    : null;
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(
                    "Can't watch the launcher's process " + pid, e.getCause());
        }
    }
}
